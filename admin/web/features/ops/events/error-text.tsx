import { errorOf } from './deliveries.js';

/** An error that a handler threw. */
export function ErrorText({ error }: { readonly error: unknown }) {
  const facts = errorOf(error);
  if (facts === undefined) return null;
  const { name, message, code } = facts;
  return (
    <div className="error-text">
      <b>{name}</b>
      {code !== undefined && <code>{code}</code>} {message}
    </div>
  );
}
