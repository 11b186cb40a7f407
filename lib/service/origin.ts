/**
 * The origin of an http or https URL, without a slash at its end; `undefined` for what is none. A path
 * is kept, as a proxy may serve us under one.
 */
export function originOf(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (`${url.search}${url.hash}${url.username}${url.password}` !== "") return undefined;
  return url.href.replace(/\/+$/, "");
}
