"""Empty statements to fill in: every line of the form, as CSV or as a workbook."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.errors import NotFound
from common.exports import XLSX_TYPE
from scoring.imports.template import write_csv, write_xlsx
from users.views_support import needs


@require_GET
@needs("statement.view")
def statement_template(request: HttpRequest, form: str) -> HttpResponse:
    """Give the form with all lines in the order of the Chinese one, both labels, three periods."""
    writers = {"csv": (write_csv, "text/csv; charset=utf-8"), "xlsx": (write_xlsx, XLSX_TYPE)}
    if form not in writers:
        raise NotFound(_("There is no such file."))
    write, content_type = writers[form]
    response = HttpResponse(write(), content_type)
    response["Content-Disposition"] = f'attachment; filename="statement.{form}"'
    return response
