import { useSyncExternalStore } from 'react';

const place = 'hyvve-events-token';

let token: string | undefined = read();
const listeners = new Set<() => void>();

/** The token that requests are sent with; undefined if no user is signed in. */
export function currentToken(): string | undefined {
  return token;
}

/** Signs in. @param keep Also keep it in the tab's session storage, so that a reload does not ask again. */
export function signIn(given: string, keep: boolean): void {
  token = given;
  if (keep) sessionStorage.setItem(place, given);
  notifyListeners();
}

/** Forgets the token, here and in the session storage. */
export function signOut(): void {
  token = undefined;
  sessionStorage.removeItem(place);
  notifyListeners();
}

/** As {@link currentToken}, for components. */
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
    return sessionStorage.getItem(place) ?? undefined;
  } catch {
    return undefined;
  }
}
