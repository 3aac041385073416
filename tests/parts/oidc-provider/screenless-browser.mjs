// A browser without a screen: keeps cookies, follows redirects, and submits the forms that a page submits by itself.

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_STEPS = 30;

export class ScreenlessBrowser {
  #cookies = new Map();
  #person;

  /** `person` is sent as the header `test-person`, which the provider's answers follow. */
  constructor({ person } = {}) {
    this.#person = person;
  }

  /** Loads `url` and goes wherever the answers lead. Returns the last answer as `{url, status, body}`. */
  async visit(url) {
    let page = await this.#load(url);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const next = page.body.includes('forms[0].submit()') ? this.submit(page) : undefined;
      if (!next) return page;
      page = await next;
    }
    throw new Error(`more than ${MOST_STEPS} pages in a row`);
  }

  /** Submits the first form of `page` with its hidden fields and `extra`; a field that is undefined is left out. */
  async submit(page, extra = {}) {
    const [, tag] = page.body.match(/<form([^>]*)>/) ?? [];
    if (tag === undefined) throw new Error(`no form at ${page.url}: ${page.body}`);
    const fields = new URLSearchParams();
    const inputs = [...page.body.matchAll(/<input[^>]*>/g)].map(([input]) => attributes(input));
    const values = { ...Object.fromEntries(inputs.map(({ name, value = '' }) => [name, value])), ...extra };
    for (const [name, value] of Object.entries(values)) if (value !== undefined) fields.set(name, value);
    return this.#load(new URL(attributes(tag).action ?? page.url, page.url), fields);
  }

  async #load(url, form) {
    let [target, body] = [new URL(url), form];
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const response = await fetch(target, {
        method: body ? 'POST' : 'GET',
        body,
        redirect: 'manual',
        headers: this.#headers(target),
      });
      this.#remember(target, response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || !location) {
        return { url: target.href, status: response.status, body: await response.text() };
      }
      await response.body?.cancel();
      target = new URL(location, target);
      if (![307, 308].includes(response.status)) body = undefined;
    }
    throw new Error(`more than ${MOST_STEPS} redirects`);
  }

  #headers(url) {
    const cookies = [...(this.#cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`);
    return {
      accept: 'text/html',
      ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
      ...(this.#person && { 'test-person': this.#person }),
    };
  }

  #remember(url, lines) {
    const jar = this.#cookies.get(url.host) ?? new Map();
    this.#cookies.set(url.host, jar);
    for (const line of lines) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  }
}

function attributes(tag) {
  const unescaped = (text) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]));
}
