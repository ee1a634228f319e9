/** Texts of the sign-in screen: loaded with it. */
export const signInTexts = {
  title: 'This server wants to know who asks.',
  how: 'Enter one of its keys. It is asked for once, and not kept in this browser.',
  key: 'Key',
  placeholder: 'sb_…',
  signIn: 'Sign in',
  signingIn: 'Signing in',
  lost: 'The server is out of reach. Check the connection, then try again.',
  noKey: 'Whoever runs the server makes one with',
  command: 'streambed keys create --name you',
} as const;
