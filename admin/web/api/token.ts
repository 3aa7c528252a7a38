import { useSyncExternalStore } from 'react';

const storageKey = 'hyvve-events-token';

let token: string | undefined = read();
const listeners = new Set<() => void>();

/** The token that requests are sent with; undefined if no user is signed in. */
export function currentToken(): string | undefined {
  return token;
}

/** Signs in. @param keep Also store the token in the tab's session storage, so that it survives a reload. */
export function signIn(newToken: string, keep: boolean): void {
  token = newToken;
  if (keep) sessionStorage.setItem(storageKey, newToken);
  notifyListeners();
}

/** Signs out: removes the token from memory and from the session storage. */
export function signOut(): void {
  token = undefined;
  sessionStorage.removeItem(storageKey);
  notifyListeners();
}

/** {@link currentToken} as a hook: the component renders again when the token changes. */
export function useToken(): string | undefined {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentToken);
}

function notifyListeners(): void {
  for (const listener of listeners) listener();
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined;
  }
}
