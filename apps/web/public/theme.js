// Before the first paint: the chosen theme, so that nothing flashes. The key is preferences.ts's.
try {
  const theme = JSON.parse(localStorage.getItem('streambed.preferences') ?? '{}').theme;
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme it is.
}
