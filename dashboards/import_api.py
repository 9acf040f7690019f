"""Imports and jobs over the API: a file in, a job out, and how far it is."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from common.imports.issues import read_issues
from common.imports.jobs import request_import
from common.imports.service import MAX_BYTES
from common.models import ImportBatch, Job
from dashboards.import_views import list_batches
from dashboards.job_views import list_jobs


class UploadSerializer(serializers.Serializer[Any]):
    """What a POST brings: the kind, the file, and what to do with it."""

    kind = serializers.CharField(max_length=40)
    file = serializers.FileField(max_length=200, allow_empty_file=True)
    dry_run = serializers.BooleanField(default=False)
    good_rows_only = serializers.BooleanField(default=False)
    source = serializers.CharField(  # type: ignore[assignment]  # "source" is also an attribute of fields
        max_length=100, required=False, default="", allow_blank=True
    )

    def validate_file(self, file: Any) -> Any:
        if file.size > MAX_BYTES:
            raise serializers.ValidationError(
                f"> {MAX_BYTES // 1024 // 1024} MB", code="FILE_TOO_LARGE"
            )
        return file


class IssueSerializer(serializers.Serializer[Any]):
    """One problem of a file, in the caller's language."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    way_out = serializers.CharField()
    value = serializers.CharField()
    is_warning = serializers.BooleanField()


class ImportSerializer(serializers.ModelSerializer[ImportBatch]):
    """One file brought in."""

    imported_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = ImportBatch
        fields: tuple[str, ...] = (
            "id", "kind", "file_name", "source", "sha256", "size", "encoding", "delimiter", "state",
            "good_rows_only", "rows", "created", "updated", "unchanged", "rejected",
            "ignored_columns", "imported_by", "as_of", "created_at",
        )  # fmt: skip


class ImportDetailSerializer(ImportSerializer):
    """One file with its problems."""

    errors: Any = serializers.SerializerMethodField()

    class Meta:
        model = ImportBatch
        fields = (*ImportSerializer.Meta.fields, "errors")

    @extend_schema(responses=IssueSerializer(many=True))
    def get_errors(self, batch: ImportBatch) -> list[dict[str, Any]]:
        return list(IssueSerializer(read_issues(batch.issues), many=True).data)


class JobSerializer(serializers.ModelSerializer[Job]):
    """One job: state, how far, what went wrong, what came out."""

    errors: Any = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "state", "step", "done", "total", "errors", "result", "attempts",
            "created_at", "started_at", "ended_at",
        )  # fmt: skip

    def get_errors(self, job: Job) -> list[dict[str, Any]]:
        """The problems of the file that an import read, else what stopped the job."""
        batch_id = job.result.get("batch") if job.kind == "imports.run" else None
        if batch_id and self.context.get("with_issues"):
            batch = ImportBatch.objects.only("issues").filter(pk=batch_id).first()
            issues = read_issues(batch.issues) if batch else []
            return list(IssueSerializer(issues, many=True).data)
        if not job.last_error:
            return []
        return [
            {
                "row": 0,
                "column": "",
                "code": "JOB_FAILED",
                "message": job.last_error,
                "way_out": "",
                "value": "",
                "is_warning": False,
            }
        ]


class ImportViewSet(ScopedListViewSet):
    """Files brought in; POST brings one."""

    permission = "import.view"
    permissions_by_method = {"POST": "import.run"}
    queryset = ImportBatch.objects.none()
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser,)
    filterset_fields = ("kind", "state")

    def get_queryset(self) -> QuerySet[ImportBatch]:
        if self.action == "retrieve":
            return ImportBatch.objects.select_related("imported_by").defer("content", "rejects")
        return list_batches()

    def get_serializer_class(self) -> Any:
        return ImportDetailSerializer if self.action == "retrieve" else ImportSerializer

    @extend_schema(request=UploadSerializer, responses={202: JobSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Keep the file and plan a job; its address is in `Location`."""
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        data = upload.validated_data
        batch, job = request_import(
            kind=data["kind"],
            content=data["file"].read(),
            file_name=data["file"].name,
            as_of=business_today(),
            actor=request.user,
            dry_run=data["dry_run"],
            good_rows_only=data["good_rows_only"],
            language=get_language() or "en",
            source=data["source"],
        )
        body = JobSerializer(job).data | {"import": batch.pk}
        headers = {"Location": f"/api/v1/jobs/{job.pk}/"}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    """Background work that the caller may see."""

    permission = "job.view"
    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_fields = ("kind", "state")

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return list_jobs(self.request.user).order_by("-pk")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "with_issues": self.action == "retrieve"}
