// Sign-in, tokens, OAuth clients, roles and the organisation with the newest SDK.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { admin, draft, ids, newClient, refused, sessionOf, signIn, unique } from './session.mjs';

describe('sign-in', () => {
  it('tells an unknown client from a wrong secret', async () => {
    for (const [id, status, description] of [
      [randomUUID(), 400, 'client not found'],
      [process.env.CONVOKE_CLIENT_ID, 401, 'authentication failed'],
    ]) {
      await assert.rejects(signIn(id, 'wrong'), ({ response }) => {
        assert.equal(response.status, status);
        assert.deepEqual([response.data.error, response.data.description], ['invalid_client', description]);
        return true;
      });
    }
  });

  it('gives a token that can be shown and ended', async () => {
    const session = await sessionOf(['reader']);
    const info = await session.tokens.getTokensMe();
    assert.equal(info.organization.name, 'default');
    await session.tokens.headTokensMe();
    await session.tokens.deleteTokensMe();
    await refused(401, session.tokens.getTokensMe());
  });

  it('says when a token is none', async () => {
    const session = await sessionOf(['reader']);
    session.client.setAccessToken('nonsense');
    await refused(401, session.groups.getGroups(), 'bad.credentials');
  });
});

describe('an OAuth client', () => {
  it('is created, read, listed, changed and deleted', async () => {
    const client = await newClient(['reader'], { accessTokenValiditySeconds: 900 });
    assert.equal(client.accessTokenValiditySeconds, 900);
    const session = await signIn(client.id, client.secret);
    await refused(403, session.groups.postGroups(draft()));
    assert.equal((await admin.oauth.getOauthClient(client.id)).name, client.name);
    assert.ok(ids(await admin.oauth.getOauthClients()).includes(client.id));
    const creator = (await admin.authorization.getAuthorizationRoles({ name: 'group creator' })).entities
      .find((role) => role.name === 'group creator');
    const name = unique('Changed');
    const body = { name, authorizedGrantType: 'CLIENT-CREDENTIALS', roleIds: [creator.id] };
    assert.equal((await admin.oauth.putOauthClient(client.id, body)).name, name);
    assert.equal((await session.groups.postGroups(draft())).version, 1);
    await admin.oauth.deleteOauthClient(client.id);
    await refused(401, session.groups.getGroups());
    await refused(404, admin.oauth.getOauthClient(client.id));
  });
});

describe('roles and the organisation', () => {
  it('has the roles of the start', async () => {
    const { entities } = await admin.authorization.getAuthorizationRoles({ pageSize: 100 });
    const names = entities.map((role) => role.name);
    for (const name of ['admin', 'group administrator', 'group creator', 'reader']) assert.ok(names.includes(name));
    assert.equal((await admin.authorization.getAuthorizationRole(entities[0].id)).id, entities[0].id);
    const permissions = await admin.authorization.getAuthorizationPermissions({ pageSize: 100 });
    assert.ok(permissions.entities.some((collection) => collection.domain === 'directory'));
  });

  it('has an organisation', async () => {
    assert.equal((await admin.organization.getOrganizationsMe()).name, 'default');
  });
});
