# A node in a container: docker build -t maillon . (docs/deploy/compose.yaml runs it with a proxy, see docs/install.md).
FROM node:24-bookworm-slim AS packages
WORKDIR /srv/maillon
COPY package.json package-lock.json .npmrc ./
# The image brings Node 24 itself; the tools for development and their browser stay out.
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production MAILLON_DATA=/data BIND=0.0.0.0 PORT=8000
WORKDIR /srv/maillon
COPY --from=packages /srv/maillon/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY db ./db
COPY federation ./federation
COPY src ./src
RUN ln -s /srv/maillon/bin/maillon /usr/local/bin/maillon \
  && install -d -o node -g node -m 700 /data
USER node
VOLUME /data
EXPOSE 8000
# SIGTERM finishes what is under way and gives back what was leased; that takes up to 15 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "src/main.ts"]
