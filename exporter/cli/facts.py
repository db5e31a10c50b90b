"""``facts``: the figures of an issuer, a concept, a period, as they are or as they were known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from exporter.cli.options import store_option
from exporter.cli.printing import DONE, complain
from exporter.cli.rows import TABLE_ROWS, form_of, form_options, row_limit, show
from exporter.errors import QueryError

if TYPE_CHECKING:
    from exporter.store.asking import Question
    from exporter.store.query import Session

@click.command("facts")
@click.option("--entity", metavar="ID", help="Who reports: an ID, a name, a ticker.")
@click.option("--concept", metavar="ID", help="A concept, or a pattern such as 'fin:*'.")
@click.option("--period", metavar="PERIOD", help="2023Q2, 2023H1, 2023M9, 2023FY, 2022Q1..2023Q4, 2023-06-30.")
@click.option("--as-of", metavar="DATE", help="As it was known then: a day, or an instant with offset.")
@click.option("--recorded-by", metavar="DATE", help="From what this store held then.")
@click.option("--vintage", default="current", show_default=True, type=click.Choice(["current", "first", "all"]), help="Whose word counts.")
@click.option("--unit", metavar="UNIT", help="CNY, iso4217:CNY/fin:ADS, xbrli:pure.")
@click.option("--document", metavar="ID", help="What this document says.")
@click.option("--scenario", type=click.Choice(["actual", "guidance", "previous_guidance"]), help="What happened, or what was expected.")
@click.option("--dimension", "dimensions", multiple=True, metavar="AXIS=MEMBER", help="May be repeated; 'none': without any.")
@store_option
@form_options
def facts_command(
    entity: str | None,
    concept: str | None,
    period: str | None,
    as_of: str | None,
    recorded_by: str | None,
    vintage: str,
    unit: str | None,
    document: str | None,
    scenario: str | None,
    dimensions: tuple[str, ...],
    store: Path,
    form: str | None,
    limit: int | None,
) -> int:
    """Look up facts in the store, with the place where each is printed.

    Without options: the last word of all documents on everything. An empty answer is a line on standard error and exit code 0.
    """
    from exporter.store.asking import FOR_PEOPLE, FOR_SCRIPTS, Question, Vintage, facts_sql
    from exporter.store.query import opened

    question = Question(entity, concept, period, as_of, cast(Vintage, vintage), recorded_by, unit, document, scenario, dimensions)
    form = form_of(form)
    try:
        facts_sql(question)  # what cannot be read is the caller's mistake, store or no store
    except QueryError as error:
        raise click.UsageError(f"{error}.") from error
    with opened(store) as session:
        sql, values = facts_sql(_named(question, session), FOR_PEOPLE if form == "table" else FOR_SCRIPTS)
        answer = session.ask(sql, values, limit=row_limit(form, limit))
        if not show(answer, form, shown=TABLE_ROWS if limit is None else None):
            complain(f"no fact in {store} answers this; fewer options ask for more, and --vintage all for what is not current")
    return DONE


def _named(question: Question, session: Session) -> Question:
    """The same question with the names that the store knows. Raises QueryError for what it does not know."""
    from exporter.store.names import entity_of, known_concept, known_document

    def known(find: Callable[[Session, str], str], given: str | None) -> str | None:
        return None if given is None else find(session, given)

    return replace(
        question,
        entity=known(entity_of, question.entity),
        concept=known(known_concept, question.concept),
        document=known(known_document, question.document),
    )
