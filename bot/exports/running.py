"""The parts whose Botify job runs, as this process last stored them."""

from collections.abc import Iterable, Iterator

from bot.model.export import Part, State


class Running:
    """Kept by the ledger, which sees every change; read by the poller.

    Several parts may wait for one job: an export that was paid can be asked for in another form.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, int], Part] = {}

    def note(self, parts: Iterable[Part]) -> None:
        """These are as they are now: those with a running job are kept, the others let go."""
        for part in parts:
            if part.state is State.PROCESSING and part.job_id is not None:
                self._parts[part.export_id, part.number] = part
            else:
                self._parts.pop((part.export_id, part.number), None)

    def recall(self, parts: Iterable[Part]) -> None:
        """These were stored a moment ago: of those with a running job none is missing here."""
        for part in parts:
            if part.state is State.PROCESSING and part.job_id is not None:
                self._parts.setdefault((part.export_id, part.number), part)

    def forget(self, part: Part) -> None:
        """This copy is old: another process asks about the part now, or a newer copy is here."""
        if self._parts.get((part.export_id, part.number)) == part:
            del self._parts[part.export_id, part.number]

    @property
    def jobs(self) -> tuple[str, ...]:
        """The ids of the running jobs, each once, in the order in which they came."""
        return tuple(dict.fromkeys(part.job_id for part in self._parts.values() if part.job_id))

    def of_job(self, job_id: str) -> tuple[Part, ...]:
        """The parts that wait for a job."""
        return tuple(part for part in self._parts.values() if part.job_id == job_id)

    def __iter__(self) -> Iterator[Part]:
        return iter(tuple(self._parts.values()))
