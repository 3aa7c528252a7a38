import { createTheme, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  ...(['#e6f4f5', '#cde8ea', '#a1d2d6', '#70bcc2', '#47a6ae'] as const),
  ...(['#27919a', '#0f7480', '#0b626d', '#07525b', '#043f46'] as const),
];

/** Uses system fonts, so that no font has to be loaded; `app.css` styles text and lines. */
export const theme = createTheme({
  colors: { ink },
  primaryColor: 'ink',
  primaryShade: { light: 6, dark: 7 },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, monospace',
});
