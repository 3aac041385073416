// What a person looks for on the emulator's pages: the only place that knows their wording. `who` is a name, an address,
// or a part of either.

export const loginPage = {
  person: (page, who) => page.getByRole('button', { name: who }),
};

export const consentPage = {
  allow: (page) => page.getByRole('button', { name: 'Allow', exact: true }),
  deny: (page) => page.getByRole('button', { name: 'Deny', exact: true }),
};

export const devicePage = {
  code: (page) => page.getByLabel('The code your device shows'),
  problem: (page) => page.getByRole('alert').filter({ hasText: 'not known' }),
  next: (page) => page.getByRole('button', { name: 'Continue' }),
  person: (page, who) => page.getByRole('radio', { name: who }),
  allow: consentPage.allow,
  deny: consentPage.deny,
};
