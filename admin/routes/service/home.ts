import { apiPagePath } from '../../http/describe-api.js';
import type { Scope } from '../../http/scope.js';

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>hyvve-events admin</title></head>
<body>
<h1>hyvve-events admin</h1>
<p>This is the API. <a href="${apiPagePath}">Its routes</a>, <a href="/openapi.json">as OpenAPI</a>,
<a href="/health/ready">whether it is ready</a>.</p>
</body>
</html>
`;

/** What a browser meets at the service's address. */
export function homeRoutes(app: Scope): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
