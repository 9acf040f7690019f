"""Paging of the API's lists."""

from rest_framework import pagination


class PageNumberPagination(pagination.PageNumberPagination):
    """`page` and `page_size` (100, at most 500)."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500
