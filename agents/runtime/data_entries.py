"""The ledger's entries of data: what was found harmed, what a check counted, and when it was last found well."""

from datetime import datetime

from pydantic import BaseModel

from agents.readings.production import DataSafety


class DataFinding(BaseModel, frozen=True):
    """Data that was found lost, exposed or at risk; a later look that finds nothing does not bring it back."""

    is_lost: bool
    is_breach_suspected: bool
    """Suspicious accesses, or records of users that were exposed."""
    words: str
    """The figures, as they were read."""
    cite: str
    is_user_data: bool = False

    def worst_of(self, earlier: "DataFinding | None") -> "DataFinding":
        """Both as one: the words are those of the graver one, of the newer one where they are alike."""
        if earlier is None:
            return self
        graver = max(earlier, self, key=lambda one: (one.is_lost, one.is_breach_suspected, one is self))
        update = {
            "is_lost": self.is_lost or earlier.is_lost,
            "is_breach_suspected": self.is_breach_suspected or earlier.is_breach_suspected,
            "is_user_data": self.is_user_data or earlier.is_user_data,
        }
        return graver.model_copy(update=update)


class DataLook(BaseModel, frozen=True):
    """A look that could say whether data is at risk, and said no."""

    at: datetime
    words: str
    """The figures, as they were read."""
    cite: str


class DataReading(BaseModel, frozen=True):
    """What a check of a service's data counted."""

    at: datetime
    service: str
    integrity_errors: int = 0
    records_lost: int = 0
    user_records_exposed: int = 0
    suspicious_accesses: int = 0
    cite: str

    @classmethod
    def of(cls, read: DataSafety, at: datetime, cite: str) -> "DataReading":
        """What of a check is kept."""
        counted = {name: getattr(read, name) for name in ("integrity_errors", "records_lost", "user_records_exposed")}
        return cls(at=at, service=read.service, suspicious_accesses=len(read.suspicious_access), cite=cite, **counted)

    @property
    def totals(self) -> tuple[int, int, int]:
        """What can only grow: that it stands still does not show that it is over."""
        return self.records_lost, self.user_records_exposed, self.suspicious_accesses

    @property
    def finds_harm(self) -> bool:
        """Whether anything is damaged, lost or seen by the wrong people."""
        return bool(self.integrity_errors or any(self.totals))

    @property
    def words(self) -> str:
        """Its figures, without those that are none."""
        counted = {
            "integrity errors": self.integrity_errors,
            "records lost": self.records_lost,
            "user records exposed": self.user_records_exposed,
            "suspicious accesses": self.suspicious_accesses,
        }
        shown = [f"{number:,} {what}" for what, number in counted.items() if number]
        return f"data of {self.service}: {', '.join(shown) or 'nothing found'}"

    def counts_as(self, other: "DataReading") -> bool:
        """Whether both found the same."""
        return (self.integrity_errors, self.totals) == (other.integrity_errors, other.totals)
