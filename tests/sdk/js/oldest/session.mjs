// JavaScript SDK 12.0.0, pointed at the server as its users could in 2017: a base path and a token,
// since its own sign-in knows only the vendor's host.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import platformClient from 'purecloud-platform-client-v2-12';

export const url = process.env.CONVOKE_URL.replace(/\/$/, '');

export async function token(id, secret) {
  const reply = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(reply.status, 200);
  return (await reply.json()).access_token;
}

export async function signIn(id, secret) {
  const client = new platformClient.ApiClient();
  client.basePath = url;
  client.setAccessToken(await token(id, secret));
  return {
    client,
    groups: new platformClient.GroupsApi(client),
    users: new platformClient.UsersApi(client),
    authorization: new platformClient.AuthorizationApi(client),
    oauth: new platformClient.OAuthApi(client),
    tokens: new platformClient.TokensApi(client),
    organization: new platformClient.OrganizationApi(client),
    voicemail: new platformClient.VoicemailApi(client),
  };
}

export const admin = await signIn(process.env.CONVOKE_CLIENT_ID, process.env.CONVOKE_CLIENT_SECRET);

export const unique = (word) => `${word} ${randomUUID().slice(0, 8)}`;

export const newGroup = (fields = {}) =>
  admin.groups.postGroups({
    name: unique('Old group'),
    type: 'official',
    rulesVisible: true,
    visibility: 'public',
    ...fields,
  });

// Divisions are younger than this SDK, and a password was required.
export const newUser = (name = 'Old hand') =>
  admin.users.postUsers({ name: unique(name), email: `${randomUUID()}@example.com`, password: 'Secret-12345' });

// Expects a refusal; this SDK rejects with status and body.
export async function refused(status, call, code) {
  const error = await call.then(
    (answer) => assert.fail(`expected ${status}, got ${JSON.stringify(answer)}`),
    (rejection) => rejection,
  );
  assert.equal(error.status, status, JSON.stringify(error.body ?? String(error)));
  if (code) assert.equal(error.body.code, code);
  return error.body;
}

export const ids = (listing) => listing.entities.map((entity) => entity.id);
