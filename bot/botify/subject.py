"""What a call to Botify is about, so that a refusal can name it."""

from dataclasses import dataclass

from bot.model.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The things that a call names; all may be unknown.

    Attributes:
        project: whose data is asked for.
        analysis: the slug.
        job: Botify's id of an export job.
        fields: ids without the collection's prefix, in the order asked.
        act: what is done with the project, as part of a sentence.
    """

    project: Project | None = None
    analysis: str | None = None
    job: str | None = None
    fields: tuple[str, ...] = ()
    act: str = "see"

    def __str__(self) -> str:
        """The most specific thing, as part of a sentence."""
        if self.job is not None:
            return f"the export job {self.job}"
        if self.project is None:
            return "this"
        if self.analysis is not None:
            return f"the analysis {self.analysis} of {self.project}"
        return f"the project {self.project}"


NOTHING = Subject()
"""A call that names nothing, such as the question whose token this is."""
