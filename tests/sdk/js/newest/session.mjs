// The newest SDK, pointed at the server by its gateway setting and signed in, and things to test
// with.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import platformClient from 'purecloud-platform-client-v2';

export const url = new URL(process.env.CONVOKE_URL);

// A session: one API client of the SDK, signed in, with the APIs on it.
export async function signIn(id, secret) {
  const client = new platformClient.ApiClientClass();
  client.setGateway({
    host: url.hostname,
    protocol: url.protocol.replace(':', ''),
    port: Number(url.port),
  });
  await client.loginClientCredentialsGrant(id, secret);
  return {
    client,
    token: client.authentications['PureCloud OAuth'].accessToken,
    groups: new platformClient.GroupsApi(client),
    users: new platformClient.UsersApi(client),
    authorization: new platformClient.AuthorizationApi(client),
    oauth: new platformClient.OAuthApi(client),
    tokens: new platformClient.TokensApi(client),
    organization: new platformClient.OrganizationApi(client),
    voicemail: new platformClient.VoicemailApi(client),
    routing: new platformClient.RoutingApi(client),
  };
}

export const admin = await signIn(process.env.CONVOKE_CLIENT_ID, process.env.CONVOKE_CLIENT_SECRET);

const home = await admin.authorization.getAuthorizationDivisionsHome();

export const unique = (word) => `${word} ${randomUUID().slice(0, 8)}`;

export const draft = (fields = {}) => ({
  name: unique('Group'),
  type: 'official',
  rulesVisible: true,
  visibility: 'public',
  ...fields,
});

export const newGroup = (fields) => admin.groups.postGroups(draft(fields));

export const newUser = (name = 'Person', fields = {}) =>
  admin.users.postUsers({
    name: unique(name),
    email: `${randomUUID()}@example.com`,
    divisionId: home.id,
    ...fields,
  });

export async function newClient(roles, fields = {}) {
  const listing = await admin.authorization.getAuthorizationRoles({ pageSize: 100 });
  const roleIds = listing.entities.filter((role) => roles.includes(role.name)).map((role) => role.id);
  assert.equal(roleIds.length, roles.length);
  return admin.oauth.postOauthClients({
    name: unique('Client'),
    authorizedGrantType: 'CLIENT-CREDENTIALS',
    roleIds,
    ...fields,
  });
}

export async function sessionOf(roles, fields) {
  const client = await newClient(roles, fields);
  return signIn(client.id, client.secret);
}

// Expects a refusal; this SDK rejects with the error body itself.
export async function refused(status, call, code) {
  const body = await call.then(
    (answer) => assert.fail(`expected ${status}, got ${JSON.stringify(answer)}`),
    (error) => error,
  );
  assert.equal(body?.status, status, JSON.stringify(body?.message ?? body));
  assert.ok(body.message);
  if (code) assert.equal(body.code, code);
  return body;
}

export const ids = (listing) => listing.entities.map((entity) => entity.id);
export const sorted = (list) => [...list].sort();
