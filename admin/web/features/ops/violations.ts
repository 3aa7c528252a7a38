import { ApiError } from '../../api/client.js';
import { pathSteps } from './edit/json-path.js';
import type { Problem } from './edit/schema-problems.js';

/** The violations of the schema for which the service refused data. */
export function violationsOf(error: Error | null): readonly Problem[] {
  if (!(error instanceof ApiError)) return [];
  return error.violations.map(({ path, message }) => ({ steps: pathSteps(path), message }));
}
