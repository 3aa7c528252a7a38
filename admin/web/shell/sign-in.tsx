import { Button, Checkbox, PasswordInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { currentToken, signIn } from '../api/token.js';

interface SignInProps {
  /** The token is good, but its role may not see this. */
  readonly refused: boolean;
  readonly onSignedIn: () => void;
  readonly onSignOut: () => void;
}

/** Asks for a token. It stays in memory, or in the tab's session storage where that is asked for. */
export function SignIn({ refused, onSignedIn, onSignOut }: SignInProps) {
  const [token, setToken] = useState('');
  const [keep, setKeep] = useState(false);
  const wasGiven = currentToken() !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() === '') return;
    onSignOut();
    signIn(token.trim(), keep);
    onSignedIn();
  };
  const problem = refused ? 'The role of this token does not have access to these pages.' : 'The token is not valid.';
  return (
    <form className="page sign-in" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="lead">
        The service asks for a token of an admin or an owner. <code>hyvve-events-admin --dev</code> prints one.
      </p>
      <PasswordInput
        label="Token"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={wasGiven ? problem : undefined}
        autoComplete="off"
        spellCheck={false}
      />
      <Checkbox
        label="Keep it until this tab is closed"
        checked={keep}
        onChange={(event) => setKeep(event.currentTarget.checked)}
      />
      <Button type="submit">Sign in</Button>
    </form>
  );
}
