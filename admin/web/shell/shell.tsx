import { ActionIcon, Burger, Kbd, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { QueryErrorResetBoundary, useQuery } from '@tanstack/react-query';
import { CatchBoundary, Outlet, useRouterState } from '@tanstack/react-router';
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { docsQuery } from '../api/queries/catalog.js';
import { Dialog } from '../ui/dialog.js';
import { PageSkeleton } from '../ui/page-skeleton.js';
import { Navigation, Title } from './navigation.js';
import { PageError } from './page-error.js';
import { goToOf, useShortcuts } from './shortcuts.js';
import { ShortcutsHelp } from './shortcuts-help.js';

const SearchBox = lazy(() => import('./search-box.js').then(({ SearchBox: component }) => ({ default: component })));

/** The frame of every page: the header, the navigation, search and shortcuts. */
export function Shell() {
  const [dialog, setDialog] = useState<'search' | 'help' | 'menu'>();
  const onSearch = useCallback(() => setDialog('search'), []);
  const onHelp = useCallback(() => setDialog('help'), []);
  const close = useCallback(() => setDialog(undefined), []);
  const mode = useQuery({ ...docsQuery, enabled: false, throwOnError: false }).data?.site.mode;
  const pages = useMemo(() => goToOf(mode), [mode]);
  useShortcuts({ pages, onSearch, onHelp });
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useFocusOnMove(path);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new path closes the menu
  useEffect(close, [path, close]);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <header className="top">
        <Burger
          opened={dialog === 'menu'}
          onClick={() => setDialog('menu')}
          size="sm"
          className="burger"
          aria-label="Menu"
        />
        <Guarded fallback={<span className="brand">Events</span>}>
          <Title />
        </Guarded>
        <UnstyledButton className="search-button" onClick={onSearch}>
          <IconSearch size={16} aria-hidden />
          <span>Search</span>
          <span className="keys" aria-hidden>
            <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">K</Kbd>
          </span>
        </UnstyledButton>
        <ActionIcon
          variant="subtle"
          color="gray"
          className="help-button"
          onClick={onHelp}
          aria-label="Keyboard shortcuts"
        >
          <IconKeyboard size={18} aria-hidden />
        </ActionIcon>
        <SchemeButton />
      </header>
      <nav className="side" aria-label="Pages">
        <Guarded fallback={null}>
          <Navigation />
        </Guarded>
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <QueryErrorResetBoundary>
          <CatchBoundary getResetKey={() => path} errorComponent={PageError}>
            <Suspense fallback={<PageSkeleton />}>
              <Outlet />
            </Suspense>
          </CatchBoundary>
        </QueryErrorResetBoundary>
      </main>
      <Dialog opened={dialog === 'menu'} onClose={close} kind="side" label="Pages">
        <nav aria-label="Pages in the menu">
          <Guarded fallback={null}>
            <Navigation />
          </Guarded>
        </nav>
      </Dialog>
      <ShortcutsHelp pages={pages} opened={dialog === 'help'} onClose={close} />
      {dialog === 'search' && (
        <Guarded fallback={null}>
          <SearchBox opened onClose={close} />
        </Guarded>
      )}
    </div>
  );
}

/** Waits for the docs. If they cannot be loaded it shows the fallback, and the page shows the error. */
function Guarded({ fallback, children }: { readonly fallback: ReactNode; readonly children: ReactNode }) {
  const { dataUpdatedAt } = useQuery({ ...docsQuery, enabled: false, throwOnError: false });
  return (
    <CatchBoundary getResetKey={() => dataUpdatedAt} errorComponent={() => fallback}>
      <Suspense fallback={fallback}>{children}</Suspense>
    </CatchBoundary>
  );
}

/** Moves the focus to the page when the path changes, as a full page load would. */
function useFocusOnMove(path: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  // A layout effect runs before the effects of the page, which may scroll to one of its parts.
  useLayoutEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return main;
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      onClick={() => setColorScheme(other)}
      aria-label={`Use the ${other} theme`}
    >
      {scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}
