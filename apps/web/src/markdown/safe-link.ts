/**
 * The address of a link that may be followed from an answer; undefined where it may not. Only whole web and mail
 * addresses: a relative one would lead to this server's own pages, and other schemes run things.
 */
export function safeLink(address: string): URL | undefined {
  const url = URL.parse(address.trim());
  return url !== null && /^(?:https?|mailto):$/.test(url.protocol) ? url : undefined;
}

/** A picture that came with the text. One from elsewhere would tell its host that somebody reads this. */
export function isInlineImage(address: string): boolean {
  return /^data:image\/(?:png|jpeg|gif|webp);base64,[\w+/=]+$/.test(address);
}

/** Where a link leads, when its text is the address of another host. */
export function otherHost(text: string, url: URL): string | undefined {
  const named = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#]|$)/i.exec(text.trim())?.[1];
  if (named === undefined || url.protocol === 'mailto:') return undefined;
  const host = url.hostname.replace(/^www\./, '');
  return named.toLowerCase().replace(/^www\./, '') === host ? undefined : url.hostname;
}
