# syntax=docker/dockerfile:1
# The `billing` command and all roles, as an unprivileged user; works with a read-only root file system.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY stack stack
COPY schemas schemas
# What only development needs, the second Node among it, stays behind.
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
COPY --from=build --chown=root:root /app/dist dist
COPY --from=build --chown=root:root /app/schemas schemas
COPY --from=build --chown=root:root /app/stack/pom.xml stack/pom.xml
RUN ln -s /app/dist/src/cli.js /usr/local/bin/billing && chmod 755 /app/dist/src/cli.js
USER node
# In a container the gateway is reached from outside, which it only allows with API_TOKENS set.
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
STOPSIGNAL SIGTERM
# Billing goes on while a server is away, so the container is only unhealthy when the process does not answer. A process
# without the gateway role has nothing to ask: switch the check off there.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/billing-scheduler/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["billing"]
CMD ["serve"]
