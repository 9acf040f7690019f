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
