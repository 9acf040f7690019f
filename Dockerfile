# syntax=docker/dockerfile:1
# One image for web, worker, beat and commands; docker-compose.yml shows them together.

FROM node:24-slim AS front-end
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt bin/uv.txt ./
RUN pip install --no-cache-dir --require-hashes -r uv.txt \
    && uv pip install --no-cache --python /venv/bin/python --require-hashes -r requirements.txt

FROM python:3.11-slim AS product
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data BIND=0.0.0.0 PORT=8000
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin credit \
    && install -d -o credit -g credit -m 0750 /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The node files are needed only while the served files are made: they stay out of the layers.
RUN --mount=type=bind,from=front-end,source=/app/node_modules,target=/app/node_modules \
    export SECRET_KEY=only-while-the-image-is-built-0123456789 \
    && python manage.py vendor_assets \
    && python manage.py compile_translations \
    && python manage.py collectstatic --noinput -v 0 \
    && chown -R credit:credit /data
USER credit
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]
STOPSIGNAL SIGTERM
ENV PROCESS_KIND=web
CMD ["gunicorn", "--config", "runtime/gunicorn_conf.py"]
