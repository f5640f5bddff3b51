// The operations that JavaScript SDK 12.0.0 has.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { admin, ids, newGroup, newUser, refused, signIn, unique } from './session.mjs';

const { groups, users } = admin;

describe('groups in 2017', () => {
  it('are created, read, changed and deleted', async () => {
    const made = await newGroup({ ownerIds: [(await newUser()).id] });
    assert.deepEqual(await groups.getGroup(made.id), made);
    const name = unique('Renamed');
    const changed = await groups.putGroup(made.id, { body: { version: made.version, name } });
    assert.deepEqual([changed.name, changed.version], [name, 2]);
    assert.equal((await groups.putGroup(made.id)).version, 2);
    const stale = groups.putGroup(made.id, { body: { version: 1, name: 'never' } });
    const error = await refused(409, stale, 'general.conflict');
    assert.match(error.message, /does not match the current version/);
    await groups.deleteGroup(made.id);
    await refused(404, groups.getGroup(made.id), 'general.resource.not.found');
  });

  it('are listed by repeated ids', async () => {
    const [b, a] = [await newGroup({ name: unique('old b') }), await newGroup({ name: unique('old a') })];
    const listing = await groups.getGroups({ id: [b.id, a.id, randomUUID()] });
    assert.deepEqual(ids(listing), [a.id, b.id]);
    const down = await groups.getGroups({ id: [b.id, a.id], sortOrder: 'descending' });
    assert.deepEqual(ids(down), [b.id, a.id]);
    const page = await groups.getGroups({ pageSize: 1, pageNumber: 2 });
    assert.equal(page.previousUri, '/api/v2/groups?pageSize=1&pageNumber=1');
    assert.equal(page.pageCount, page.total);
    await refused(400, groups.getGroups({ pageSize: 501 }));
  });

  it('have members', async () => {
    const group = await newGroup();
    const [one, two] = [await newUser('Ann'), await newUser('Bob')];
    const body = { memberIds: [two.id, one.id], version: group.version };
    assert.deepEqual(await groups.postGroupMembers(group.id, body), {});
    const listing = await groups.getGroupMembers(group.id, { expand: ['groups', 'presence'], sortOrder: 'ascending' });
    assert.deepEqual(ids(listing), [one.id, two.id]);
    assert.deepEqual(listing.entities[0].groups.map((own) => own.id), [group.id]);
    await refused(409, groups.postGroupMembers(group.id, body), 'general.conflict');
    assert.deepEqual(await groups.deleteGroupMembers(group.id, `${one.id},${two.id}`), {});
    assert.equal((await groups.getGroup(group.id)).memberCount, 0);
    await refused(404, groups.deleteGroupMembers(group.id, randomUUID()));
  });

  it('have fields, also of external contacts', async () => {
    for (const kind of ['person', 'group', 'org', 'externalContact']) {
      assert.equal((await groups.getFieldconfig(kind)).entityType, kind);
    }
    await refused(400, groups.getFieldconfig('queue'), 'bad.entity.type');
  });

  it('have a voicemail policy', async () => {
    const group = await newGroup();
    await admin.voicemail.patchVoicemailGroupPolicy(group.id, { enabled: true });
    assert.equal((await admin.voicemail.getVoicemailGroupPolicy(group.id)).enabled, true);
  });
});

describe('people in 2017', () => {
  it('are created without a division, changed, deleted and restored', async () => {
    const made = await newUser();
    assert.ok(made.division.id);
    const changed = await users.patchUser(made.id, { version: 1, title: 'Elder' });
    assert.deepEqual([changed.title, changed.version], ['Elder', 2]);
    assert.deepEqual(ids(await users.getUsers({ id: [made.id], expand: ['groups'] })), [made.id]);
    await users.deleteUser(made.id);
    await refused(404, users.getUser(made.id), 'general.resource.not.found');
    const gone = await users.getUser(made.id, { state: 'deleted' });
    const back = await users.patchUser(made.id, { version: gone.version, state: 'active' });
    assert.equal(back.state, 'active');
  });

  it('are not what a client is', async () => {
    await refused(400, users.getUsersMe(), 'not.a.user');
  });
});

describe('access in 2017', () => {
  it('tests a stored token by asking for permissions', async () => {
    assert.ok((await admin.authorization.getAuthorizationPermissions()).entities.length > 0);
  });

  it('has roles and clients, with the spelling of grants of that time', async () => {
    const { entities } = await admin.authorization.getAuthorizationRoles({ pageSize: 100 });
    const reader = entities.find((role) => role.name === 'reader');
    assert.equal((await admin.authorization.getAuthorizationRole(reader.id)).id, reader.id);
    const body = { name: unique('Old client'), authorizedGrantType: 'CLIENT_CREDENTIALS', roleIds: [reader.id] };
    const client = await admin.oauth.postOauthClients(body);
    assert.equal((await admin.oauth.getOauthClient(client.id)).name, body.name);
    assert.ok(ids(await admin.oauth.getOauthClients()).includes(client.id));
    const session = await signIn(client.id, client.secret);
    const info = await session.tokens.getTokensMe();
    const organization = await admin.organization.getOrganizationsMe();
    assert.equal(info.organization.id, organization.id);
    await refused(403, session.groups.deleteGroup((await newGroup()).id));
    const name = unique('Old client, renamed');
    assert.equal((await admin.oauth.putOauthClient(client.id, { ...body, name })).name, name);
    await session.tokens.deleteTokensMe();
    await refused(401, session.tokens.getTokensMe());
    await admin.oauth.deleteOauthClient(client.id);
    await refused(404, admin.oauth.getOauthClient(client.id));
  });
});
