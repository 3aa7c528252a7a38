import { type EventBus, EventBusError } from '@hyvve-events/runtime';
import { publishApprovalCreated } from '@hyvve-events/sdk/approval';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';

/** An Express 5 application that publishes events, has probes, and answers invalid data with 400. */
export function buildApp(bus: EventBus): Express {
  const app = express();
  app.use(express.json());
  app.get('/live', (_request, response) => void response.sendStatus(bus.health().live ? 200 : 503));
  app.get('/ready', (_request, response) => void response.sendStatus(bus.health().ready ? 200 : 503));
  app.post('/approvals', async (request, response) => {
    // Of your authentication: a header that every client can set is not a decision about access.
    const { tenantId, userId } = { tenantId: 'acme', userId: 'ann' };
    // Express 5 passes the error of a rejected promise to the error handler.
    const { id } = await publishApprovalCreated(bus, request.body, { tenantId, userId });
    response.status(202).json({ id });
  });
  // Express recognises an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (!(error instanceof EventBusError)) return next(error);
    const status = error.code === 'VALIDATION_FAILED' ? 400 : 503;
    response.status(status).json({ code: error.code, violations: error.violations });
  });
  return app;
}
