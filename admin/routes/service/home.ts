import { apiPagePath } from '../../http/describe-api.js';
import type { Scope } from '../../http/scope.js';

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>hyvve-events admin</title></head>
<body>
<h1>hyvve-events admin</h1>
<p>This is the admin API: <a href="${apiPagePath}">documentation</a>, <a href="/openapi.json">OpenAPI document</a>,
<a href="/health/ready">readiness</a>.</p>
</body>
</html>
`;

/** The page at `/` if the web app is not built. */
export function homeRoutes(app: Scope): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
