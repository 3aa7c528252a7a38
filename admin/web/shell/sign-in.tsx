import { Button, Checkbox, PasswordInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { currentToken, signIn } from '../api/token.js';

interface SignInProps {
  /** The token is valid, but its role is not sufficient. */
  readonly refused: boolean;
  readonly onSignedIn: () => void;
  readonly onSignOut: () => void;
}

/** Form for a token. The token is stored in memory, and in the tab's session storage if the user chooses that. */
export function SignIn({ refused, onSignedIn, onSignOut }: SignInProps) {
  const [token, setToken] = useState('');
  const [keep, setKeep] = useState(false);
  const hasToken = currentToken() !== undefined;
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
        The service requires a token of an admin or an owner. <code>hyvve-events-admin --dev</code> prints one.
      </p>
      <PasswordInput
        label="Token"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={hasToken ? problem : undefined}
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
