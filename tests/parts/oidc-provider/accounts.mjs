// The people, the machine and the client that this provider knows.

export const CLIENT_ID = '328728232771788043';
// A service account that was made elsewhere comes with an id of its own.
export const MACHINE_ID = process.env.MACHINE_CLIENT_ID ?? '6f1f0e5e-7a5e-4a0f-9d3f-2c7b1f0e8a11';
export const MACHINE_EMAIL = 'ci@provider.iam.example.com';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
export const SCOPES = ['openid', 'offline_access', 'profile', 'email'];

export const PEOPLE = [
  { id: 'ada', sub: '331234567890123456', email: 'ada@example.com', name: 'Ada Lovelace' },
  { id: 'grace', sub: '331234567890123457', email: 'grace@example.com', name: 'Grace Hopper' },
];

/** The person meant by a short id, an email address or a subject. */
export function personNamed(hint) {
  return PEOPLE.find(({ id, sub, email }) => [id, sub, email].includes(hint));
}

/** What `findAccount` answers: people by subject, and the machine. */
export function accountOf(sub) {
  const person = PEOPLE.find((candidate) => candidate.sub === sub);
  if (person) {
    const { email, name } = person;
    return { accountId: sub, claims: () => ({ sub, email, email_verified: true, name, preferred_username: email }) };
  }
  return sub === MACHINE_ID ? { accountId: sub, claims: () => ({ sub, email: MACHINE_EMAIL }) } : undefined;
}
