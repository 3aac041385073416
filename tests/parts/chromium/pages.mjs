// What a person looks for on the emulator's pages: the only place that knows their wording.

export const loginPage = {
  /** `who` is a name or an address, or the beginning of one. */
  person: (page, who) => page.getByRole('button', { name: who }),
};

export const consentPage = {
  allow: (page) => page.getByRole('button', { name: /^(allow|continue|authorize)/i }),
  deny: (page) => page.getByRole('button', { name: /^(deny|cancel)/i }),
};

export const devicePage = {
  code: (page) => page.getByLabel(/code/i),
  next: (page) => page.getByRole('button', { name: /^(continue|next)/i }),
  done: (page) => page.getByText(/you can close|return to your terminal|go back to/i),
};
