"""The form that brings a file in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.imports.kinds import list_kinds
from common.imports.service import MAX_BYTES, MAX_ROWS


class ImportForm(forms.Form):
    """Which kind of file, the file, and what to do with it."""

    kind = forms.ChoiceField(label=_("What the file holds"))
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    source = forms.CharField(
        label=_("Where the file comes from"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "import-sources", "autocomplete": "off"}),
        help_text=_("Names of columns and lines that you explain once are remembered for it."),
    )
    dry_run = forms.BooleanField(
        label=_("Check first, import nothing yet"),
        required=False,
        initial=True,
        help_text=_("Shows every problem row by row; you import from the report."),
    )
    good_rows_only = forms.BooleanField(
        label=_("Import the good rows when others are wrong"),
        required=False,
        help_text=_("Otherwise one wrong row refuses the whole file."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV (UTF-8 or GB18030) or Excel workbook (.xlsx), up to %(rows)s rows and %(size)s MB."
        ) % {"rows": f"{MAX_ROWS:,}", "size": MAX_BYTES // 1024 // 1024}
        choices = [(kind.name, kind.title) for kind in list_kinds()]
        self.fields["kind"].choices = [("", _("Choose…")), *choices]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is kept."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB. Split it into several files."),
                code="FILE_TOO_LARGE",
                params={"size": MAX_BYTES // 1024 // 1024},
            )
        return file


LEAVE_OUT = "-"


class MappingForm(forms.Form):
    """What each name means that the file uses and we do not; an empty choice stays open."""

    source = forms.CharField(
        label=_("Where the file comes from"),
        max_length=100,
        widget=forms.TextInput(attrs={"list": "import-sources", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, labels: list[str], targets: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.labels = labels
        choices = [("", _("not explained")), (LEAVE_OUT, _("leave out")), *targets]
        for n, label in enumerate(labels):
            self.fields[f"name{n}"] = forms.ChoiceField(
                label=label, choices=choices, required=False
            )

    def to_mapping(self) -> dict[str, str]:
        """Return what was explained: name of the file to ours, nothing for what is left out."""
        chosen = {
            label: self.cleaned_data.get(f"name{n}", "") for n, label in enumerate(self.labels)
        }
        return {label: "" if name == LEAVE_OUT else name for label, name in chosen.items() if name}
