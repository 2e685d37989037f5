# The register's own four services; Kafka and PostgreSQL run beside it (docker-compose.yml).
FROM python:3.13-slim

RUN useradd --create-home vaxreg
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY schemas schemas
COPY register register
COPY projections projections
COPY connectors connectors
RUN pip install --no-cache-dir --constraint constraints.txt .

USER vaxreg
CMD ["vaxreg", "--help"]
