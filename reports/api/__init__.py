"""REST, as section 6 of the contract lays it down."""
