# The register's own four services; Kafka and PostgreSQL run beside it (docker-compose.yml).
FROM python:3.13-slim

# The same number as Kafka's user in its image: both read the broker's key, which nobody else may.
RUN useradd --create-home --uid 1000 vaxreg
# New volumes take over whose these folders are.
RUN install --directory --owner=vaxreg --mode=0711 /tls /tls/authority /tls/broker /tls/public
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY schemas schemas
COPY register register
COPY projections projections
COPY connectors connectors
RUN pip install --no-cache-dir --constraint constraints.txt .

USER vaxreg
CMD ["vaxreg", "--help"]
