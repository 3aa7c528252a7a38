import { Link } from '@tanstack/react-router';
import { ApiError } from '../../../api/client.js';

/** Why a change failed, and what to do. If two operators change the same dead letter, the second one gets an error. */
export function ActionProblem({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const code = error instanceof ApiError ? error.code : 'UNKNOWN';
  return (
    <p className="notice bad" role="alert">
      <span>
        <b>{headline(code)}</b> {explanation(code, error)}
      </span>
      {(code === 'NOT_FOUND' || code === 'CONFLICT') && <Link to="/ops/audit">Audit log</Link>}
    </p>
  );
}

function headline(code: string): string {
  if (code === 'NOT_FOUND') return 'Another operator has already changed this dead letter.';
  if (code === 'OUTCOME_UNKNOWN') return 'The outcome is unknown.';
  return 'The change was not made.';
}

function explanation(code: string, error: Error): string {
  if (code === 'NOT_FOUND')
    return 'This dead letter was retried or deleted in the meantime, or its retention has ended.';
  if (code === 'OUTCOME_UNKNOWN')
    return 'The connection to Redis was lost during the change. Check the dead letter again when Redis is available.';
  const id = error instanceof ApiError && code === 'INTERNAL' ? ` (request ${error.requestId ?? 'unknown'})` : '';
  return `${sentence(error.message)}${id}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.');
}
