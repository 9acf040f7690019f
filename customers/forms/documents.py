"""Forms of documents: a new one or a new version, its verification, a doubt."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.file_kinds import ENDINGS, MAX_SIZE
from customers.domain.checklist import CHECKLIST, OTHER
from customers.forms.parties import LANGUAGES, DateInput
from customers.models import Document, SourceClass
from customers.words.dossier import label_line

ACCEPT = ",".join(f".{ending}" for ending in ENDINGS)


def list_kinds() -> list[tuple[str, str]]:
    """Return the lines of the checklist, and other documents, as choices."""
    lines = [(line.code, f"{line.code} · {label_line(line.code)}") for line in CHECKLIST]
    return [*lines, (OTHER, label_line(OTHER))]


class DocumentForm(forms.Form):
    """A document: its file, what it is, whose it is, from when to when it is good."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("PDF, picture, Word, Excel, CSV or text, up to 20 MB; nothing that can act."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    kind = forms.ChoiceField(label=_("What it is"))
    title = forms.CharField(label=_("Title"), max_length=200)
    number = forms.CharField(label=_("Number"), max_length=80, required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    issued_on = forms.DateField(
        label=_("Date of the document"),
        required=False,
        widget=DateInput(),
        help_text=_("Without a date it cannot be handed in for verification."),
    )
    valid_to = forms.DateField(
        label=_("Good until"),
        required=False,
        widget=DateInput(),
        help_text=_("The last day, if the document names one."),
    )
    source_class = forms.ChoiceField(label=_("Source"), required=False)
    confidentiality = forms.ChoiceField(
        label=_("Confidentiality"),
        required=False,
        help_text=_("Personal and privileged documents are read by credit only."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Not said")), *LANGUAGES], required=False
    )
    original_seen = forms.BooleanField(label=_("I have seen the original"), required=False)

    def __init__(self, *args: Any, replaces: Document | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.replaces = replaces
        self.fields["kind"].choices = list_kinds()  # type: ignore[attr-defined]
        self.fields["source_class"].choices = [  # type: ignore[attr-defined]
            ("", _("As the checklist says")),
            *SourceClass.choices,
        ]
        self.fields["confidentiality"].choices = [  # type: ignore[attr-defined]
            ("", _("As the checklist says")),
            *Document.Confidentiality.choices,
        ]
        if replaces is not None:
            del self.fields["kind"]
            for name in ("title", "number", "issuer", "source_class", "confidentiality"):
                self.initial.setdefault(name, getattr(replaces, name))

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_SIZE:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB.") % {"size": MAX_SIZE >> 20}
            )
        return upload

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        values = dict(self.cleaned_data)
        values["upload"] = values.pop("file")
        if self.replaces is not None:
            values["kind"] = self.replaces.kind
        return values


class VerifyDocumentForm(forms.Form):
    """How a document was found genuine."""

    method = forms.ChoiceField(
        label=_("How it was verified"),
        choices=Document.Method.choices,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SubmitDocumentForm(forms.Form):
    """The date without which a document cannot be handed in."""

    issued_on = forms.DateField(label=_("Date of the document"), widget=DateInput())


class DocumentReasonForm(forms.Form):
    """Why a document is refused or doubted, or how a doubt ended."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
