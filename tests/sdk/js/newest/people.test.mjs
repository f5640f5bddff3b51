// Users, divisions and voicemail with the newest SDK.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admin, ids, newGroup, newUser, refused, sessionOf } from './session.mjs';

const { users } = admin;

describe('a user', () => {
  it('is created, read and listed', async () => {
    const made = await newUser('Una', { title: 'Lead', department: 'Nights' });
    const read = await users.getUser(made.id);
    assert.deepEqual([read.title, read.department, read.state, read.version], ['Lead', 'Nights', 'active', 1]);
    assert.ok(read.division.id);
    const listing = await users.getUsers({ id: [made.id], expand: ['groups'] });
    assert.deepEqual(ids(listing), [made.id]);
    await refused(409, newUser('Una', { email: made.email }), 'general.conflict');
  });

  it('is changed under its version', async () => {
    const made = await newUser();
    const changed = await users.patchUser(made.id, { version: 1, title: 'New' });
    assert.deepEqual([changed.title, changed.version], ['New', 2]);
    await refused(409, users.patchUser(made.id, { version: 1, title: 'Old' }), 'general.conflict');
    const asleep = await users.patchUser(made.id, { version: 2, state: 'inactive' });
    assert.equal(asleep.state, 'inactive');
    assert.equal((await users.getUsers({ id: [made.id] })).total, 0);
    assert.equal((await users.getUsers({ id: [made.id], state: 'any' })).total, 1);
  });

  it('is deleted and restored', async () => {
    const made = await newUser();
    await users.deleteUser(made.id);
    await refused(404, users.getUser(made.id), 'general.resource.not.found');
    const gone = await users.getUser(made.id, { state: 'deleted' });
    assert.equal(gone.state, 'deleted');
    const back = await users.patchUser(made.id, { version: gone.version, state: 'active' });
    assert.equal(back.state, 'active');
  });

  it('is who signs in for it', async () => {
    const made = await newUser();
    const session = await sessionOf(['reader'], { userId: made.id });
    assert.equal((await session.users.getUsersMe({ expand: ['groups'] })).id, made.id);
    await refused(400, users.getUsersMe(), 'not.a.user');
  });
});

describe('divisions and voicemail', () => {
  it('has a home division', async () => {
    const home = await admin.authorization.getAuthorizationDivisionsHome();
    assert.equal(home.homeDivision, true);
    assert.ok(ids(await admin.authorization.getAuthorizationDivisions()).includes(home.id));
  });

  it('has a voicemail policy of each group', async () => {
    const group = await newGroup();
    await admin.voicemail.getVoicemailGroupPolicy(group.id);
    await admin.voicemail.patchVoicemailGroupPolicy(group.id, { enabled: true, rotateCallsSecs: 20 });
    const policy = await admin.voicemail.getVoicemailGroupPolicy(group.id);
    assert.deepEqual([policy.enabled, policy.rotateCallsSecs], [true, 20]);
  });
});
