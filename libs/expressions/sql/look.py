"""A look at the tokens of an SQL condition before it is parsed: bounds, and a positive list of tokens.

sqlglot takes far more than conditions have, drops comments and signs without a word, forgets where most of what it read
stood, and needs some 25 frames of the stack for a parenthesis. So each token is judged here, with its place; words that
are none of ours become plain names, so that no further keyword of SQL means anything to the parser; and the operands
(names, literals) are listed in their order, for the reader to take their places and texts from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from libs.expressions.errors import InvalidSql
from libs.expressions.sql.words import ADVICE, CAST, FUNCTIONS, KEYWORDS, OPERATORS

MAX_CHARACTERS: Final = 2_000
MAX_LEVELS: Final = 32
DIALECT: Final = Postgres()
_GROUPING: Final = frozenset("(),")
LITERALS: Final = frozenset({TokenType.STRING, TokenType.NUMBER, TokenType.NULL, TokenType.TRUE, TokenType.FALSE})
_TYPES: Final = {
    "numeric": TokenType.DECIMAL,
    "text": TokenType.TEXT,
    "boolean": TokenType.BOOLEAN,
    "timestamptz": TokenType.TIMESTAMPTZ,
}
_ADVISED: Final = {
    TokenType.DOT: "a digit is expected before a point, and a name after it; an index is written ->0",
    TokenType.SEMICOLON: "a condition is one expression: ';' is not expected",
    **dict.fromkeys((TokenType.PLACEHOLDER, TokenType.PARAMETER, TokenType.COLON), "there are no parameters"),
    **dict.fromkeys(
        (
            TokenType.BYTE_STRING,
            TokenType.UNICODE_STRING,
            TokenType.NATIONAL_STRING,
            TokenType.BIT_STRING,
            TokenType.HEX_STRING,
        ),
        "a text is written '…', without a letter before it",
    ),
    **dict.fromkeys((TokenType.HEREDOC_STRING, TokenType.RAW_STRING), "a text is written '…', without dollar signs"),
}
_COMMENT: Final = re.compile(r"--|/\*")
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


@dataclass(frozen=True, slots=True)
class Operand:
    """A name or a literal: the place where it begins, its token's type, and its text or a name's segments."""

    at: int
    token_type: TokenType
    texts: tuple[str, ...]
    follower: int
    """The place of what comes after it, parentheses and casts aside: an operator's, or the end."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Tokens for the parser, and the operands among them in their order."""

    tokens: list[Token]
    operands: list[Operand]


def look(text: str) -> Looked:
    """Return the tokens of a condition. Raises InvalidSql."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidSql(text, MAX_CHARACTERS, f"at most {MAX_CHARACTERS:,} characters are expected")
    _refuse_comments(text)
    tokens = _tokenize(text)
    if not tokens:
        raise InvalidSql(text, 0, "a condition is expected")
    return _Look(text, tokens).result()


def _refuse_comments(text: str) -> None:
    """Refuse comments and quotes that do not end, neither of which has a place once tokenized."""
    unquoted = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    for mark in ("'", '"'):
        if (at := unquoted.find(mark)) >= 0:
            raise InvalidSql(text, at, f"a text that begins with {mark} does not end")
    if (comment := _COMMENT.search(unquoted)) is not None:
        raise InvalidSql(text, comment.start(), "a condition has no comments; a minus before a minus needs a blank")


def _tokenize(text: str) -> list[Token]:
    try:
        return DIALECT.tokenize(text)
    except TokenError:
        raise InvalidSql(text, 0, "the text cannot be read as SQL") from None


class _Look:
    """One pass over the tokens."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._operands: list[tuple[int, int]] = []
        self._asides: set[int] = set()
        """Tokens between an operand and its operator: closing parentheses, casts."""

    def result(self) -> Looked:
        self._check_levels()
        at = 0
        while at < len(self._tokens):
            at = self._judge(at)
        return Looked(list(self._inert()), [self._operand(start, end) for start, end in self._operands])

    def _inert(self) -> Iterator[Token]:
        """Yield the tokens with each name, however many segments it has, as one quoted name that means nothing.

        Their `col` is their offset in the text, for errors of the parser.
        """
        ends = dict(self._operands)
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            is_name = at in ends and token.token_type not in LITERALS
            token_type, text = (TokenType.IDENTIFIER, "name") if is_name else (token.token_type, token.text)
            yield Token(token_type, text, col=token.start, start=token.start, end=token.end)
            at = ends.get(at, at + 1)

    def _operand(self, start: int, end: int) -> Operand:
        first, after = self._tokens[start], end
        while after in self._asides:
            after += 1
        follower = self._tokens[after].start if after < len(self._tokens) else len(self._text)
        token_type = first.token_type if first.token_type in LITERALS else TokenType.IDENTIFIER
        return Operand(first.start, token_type, tuple(one.text for one in self._tokens[start:end:2]), follower)

    def _judge(self, at: int) -> int:
        """Judge what begins with token `at`, and return where it ends."""
        token = self._tokens[at]
        if token.token_type is TokenType.STRING and self._source(token)[:1] == "'":
            return self._take_operand(at, at + 1)
        if token.token_type is TokenType.NUMBER:
            return self._take_operand(at, at + 1)
        if token.token_type is TokenType.IDENTIFIER or _is_word(self._source(token)):
            return self._judge_word(at)
        self._judge_sign(at)
        return at + 1

    def _judge_sign(self, at: int) -> None:
        token = self._tokens[at]
        sign = self._source(token)
        if sign in OPERATORS:
            if sign == "+" and not self._ends_operand(at - 1):
                raise self._refusal(token, "a plus stands between two numbers")
            if sign == "::":
                self._asides.add(at)
                self._judge_type(at + 1)
        elif sign == ")":
            self._asides.add(at)
        elif sign not in _GROUPING:
            reason = _ADVISED.get(token.token_type, f"{_shown(sign)} is not expected")
            raise self._refusal(token, reason)

    def _judge_word(self, at: int) -> int:
        token = self._tokens[at]
        word = "" if token.token_type is TokenType.IDENTIFIER else self._source(token).lower()
        after = self._source_at(at + 1)
        if word in KEYWORDS:
            return self._judge_keyword(at, word)
        if word and after == "(":
            return self._judge_function(at, word)
        if at in self._asides:
            return at + 1
        if word == "timestamptz" and self._type_of(at + 1) is TokenType.STRING:
            token.token_type = TokenType.TIMESTAMPTZ
            return at + 1
        if word in ADVICE and after != "." and not self._is_key(at):
            raise self._refusal(token, f'{ADVICE[word]}; a field of that name is written "{self._source(token)}"')
        return self._judge_name(at)

    def _is_key(self, at: int) -> bool:
        return self._source_at(at - 1) == "."

    def _judge_keyword(self, at: int, word: str) -> int:
        token = self._tokens[at]
        if word == "distinct" and not (self._word_at(at - 1) in {"is", "not"} and self._word_at(at + 1) == "from"):
            raise self._refusal(token, "'distinct' is expected in 'is distinct from' only")
        if word == "from" and self._word_at(at - 1) != "distinct":
            raise self._refusal(token, "'from' is expected in 'is distinct from' only")
        if word == "as":
            self._asides.add(at)
            self._judge_type(at + 1)
        if token.token_type in LITERALS:
            return self._take_operand(at, at + 1)
        return at + 1

    def _judge_function(self, at: int, word: str) -> int:
        token = self._tokens[at]
        if word != CAST and word not in FUNCTIONS:
            known = f"there is no function {self._source(token)}; there are {', '.join((CAST, *FUNCTIONS))}"
            raise self._refusal(token, ADVICE.get(word, known))
        token.token_type = TokenType.VAR
        return at + 1

    def _judge_type(self, at: int) -> None:
        word = self._word_at(at)
        if word not in _TYPES:
            where = self._tokens[at].start if at < len(self._tokens) else len(self._text)
            raise InvalidSql(self._text, where, f"one of the types {', '.join(_TYPES)} is expected")
        self._tokens[at].token_type = _TYPES[word]
        self._asides.add(at)
        if self._source_at(at + 1) == "(":
            raise self._refusal(self._tokens[at + 1], "types have no length or precision here")

    def _judge_name(self, at: int) -> int:
        """Judge a name with all its segments: after a point every word is one."""
        end = at + 1
        while self._source_at(end) == ".":
            if end + 1 >= len(self._tokens) or not self._can_be_segment(self._tokens[end + 1]):
                refused = self._tokens[min(end + 1, len(self._tokens) - 1)]
                raise self._refusal(refused, "a name is expected after a point; an index is written ->0")
            end += 2
        if not all(one.text for one in self._tokens[at:end:2]):
            raise self._refusal(self._tokens[at], "a name is not empty")
        return self._take_operand(at, end)

    def _can_be_segment(self, token: Token) -> bool:
        return token.token_type is TokenType.IDENTIFIER or _is_word(self._source(token))

    def _take_operand(self, start: int, end: int) -> int:
        if self._ends_operand(start - 1):
            raise self._refusal(self._tokens[start], "an operator is expected before this")
        self._operands.append((start, end))
        return end

    def _ends_operand(self, at: int) -> bool:
        """Return whether what was judged up to token `at` ends an operand."""
        if at < 0:
            return False
        return (bool(self._operands) and self._operands[-1][1] == at + 1) or at in self._asides

    def _check_levels(self) -> None:
        """Refuse nesting that would take the parser too deep: parentheses, and signs and `not` in a row."""
        bases = [0]
        level = 0
        for at, token in enumerate(self._tokens):
            word = self._source(token).lower()
            if word == ")":
                if len(bases) == 1:
                    raise self._refusal(token, "this ')' closes nothing")
                bases.pop()
                level = bases[-1]
            elif word in {"(", "not", "-"}:
                level += 1
                if word == "(":
                    bases.append(level)
            elif self._source_at(at + 1) != "(":
                level = bases[-1]
            if level > MAX_LEVELS:
                raise self._refusal(token, f"at most {MAX_LEVELS} levels are expected")
        if len(bases) > 1:
            raise InvalidSql(self._text, len(self._text), "a ')' is missing")

    def _type_of(self, at: int) -> TokenType | None:
        return self._tokens[at].token_type if at < len(self._tokens) else None

    def _source(self, token: Token) -> str:
        return self._text[token.start : token.end + 1]

    def _source_at(self, at: int) -> str:
        return self._source(self._tokens[at]) if 0 <= at < len(self._tokens) else ""

    def _word_at(self, at: int) -> str:
        return self._source_at(at).lower()

    def _refusal(self, token: Token, reason: str) -> InvalidSql:
        return InvalidSql(self._text, token.start, reason)


def _is_word(source: str) -> bool:
    return source[:1] != "$" and source.replace("$", "_").isidentifier()


def _shown(sign: str) -> str:
    return repr(sign if len(sign) <= 20 else f"{sign[:20]}…")
