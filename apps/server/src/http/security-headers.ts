/**
 * What browsers are told about everything we serve. Scripts and styles come from here only and never stand in the page.
 * Images from elsewhere may not be shown: an answer with a picture could send what was said to whoever hosts it. `data:`
 * is for the light in the tab, which changes its picture while the server can't be asked for one.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/**
 * What differs for the page that draws diagrams in a frame, and for its scripts. Its policy takes its origin away, also
 * where somebody opens it by itself: it can read and send nothing. What it draws has styles in it, so it may have some.
 * Without an origin its own scripts are foreign to it; they are the same for everybody and hold no secret.
 */
export const diagramHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    'sandbox allow-scripts',
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; '),
  'x-frame-options': 'SAMEORIGIN',
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': '*',
};
