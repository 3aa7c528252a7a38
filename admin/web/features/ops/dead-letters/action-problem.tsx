import { Link } from '@tanstack/react-router';
import { ApiError } from '../../../api/client.js';

/** Why a change was not made, and what to do. Of two operators at once, the second sees that the first was faster. */
export function ActionProblem({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const code = error instanceof ApiError ? error.code : 'UNKNOWN';
  return (
    <p className="notice bad" role="alert">
      <span>
        <b>{headline(code)}</b> {words(code, error)}
      </span>
      {(code === 'NOT_FOUND' || code === 'CONFLICT') && <Link to="/ops/audit">Who did what</Link>}
    </p>
  );
}

function headline(code: string): string {
  if (code === 'NOT_FOUND') return 'Another operator has already changed this dead letter.';
  if (code === 'OUTCOME_UNKNOWN') return 'The outcome is unknown.';
  return 'It was not done.';
}

function words(code: string, error: Error): string {
  if (code === 'NOT_FOUND') return 'This dead letter was retried or deleted meanwhile, or is past its retention.';
  if (code === 'OUTCOME_UNKNOWN')
    return 'The connection to Redis was lost during the change. Check again when Redis is available.';
  const id = error instanceof ApiError && code === 'INTERNAL' ? ` (request ${error.requestId ?? 'unknown'})` : '';
  return `${sentence(error.message)}${id}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.');
}
