"""Parts of pages that differ in a few values alone: put together once for each language, and only filled in after that.

A page of a report has some hundred words and tags; turning each of them into text takes longer than the figures do.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django import template
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, render_value_in_context, token_kwargs
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class Blank:
    """Stands in a mould for a value to come: it can be written, and nothing can be decided by it."""

    def __init__(self, name: str) -> None:
        # Of a private area of Unicode, so that no text has it.
        self.text = f"\ue000{name}\ue001"

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> NoReturn:
        raise TemplateSyntaxError("In a mould nothing can depend on a value: decide it before, or outside of it.")


class MouldNode(Node):
    """What stands in a mould, kept as text by language, and the values that it takes."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.moulds: dict[str | None, str] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        mould = self.moulds.get(language)
        if mould is None:
            mould = self.moulds[language] = self._put_together(context)
        # Each as `{{ value }}` would write it: escaped, and in the reader's format.
        return SafeString(
            mould
            % {name: render_value_in_context(value.resolve(context), context) for name, value in self.values.items()}
        )

    def _put_together(self, context: Context) -> str:
        """The text in the reader's language, with a place for each value. Nothing else is known in it."""
        blanks = {name: Blank(name) for name in self.values}
        text = self.nodelist.render(context.new(blanks)).replace("%", "%%")
        for name, blank in blanks.items():
            if blank.text not in text:
                raise TemplateSyntaxError(f"The mould does not write {name} as it is.")
            text = text.replace(blank.text, f"%({name})s")
        return text


@register.tag
def mould(parser: Parser, token: Token) -> MouldNode:
    """`{% mould name=value ... %}...{% endmould %}`: what stands between is rendered once for each language.

    It knows the values named here and nothing else of the page, and it can only write them, as they are: whatever is
    formatted or chosen by them is formatted and chosen outside.
    """
    bits: list[Any] = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError("mould takes values by name alone: name=value.")
    nodelist = parser.parse(("endmould",))
    parser.delete_first_token()
    return MouldNode(nodelist, values)
