// Members with the newest SDK.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { admin, ids, newGroup, newUser, refused, sessionOf, sorted } from './session.mjs';

const { groups } = admin;
const add = (group, people, version) =>
  groups.postGroupMembers(group.id, { memberIds: people.map((person) => person.id), version });

describe('the members of a group', () => {
  it('are added and taken out', async () => {
    const [group, one, two] = [await newGroup(), await newUser('Ann'), await newUser('Bob')];
    assert.deepEqual(await add(group, [two, one], 1), {});
    assert.deepEqual(ids(await groups.getGroupMembers(group.id)), [one.id, two.id]);
    assert.deepEqual(await groups.deleteGroupMembers(group.id, [one.id, two.id].join(',')), {});
    const read = await groups.getGroup(group.id);
    assert.equal(read.memberCount, 0);
    assert.equal(read.version, 3);
  });

  it('are guarded by the version', async () => {
    const [group, one] = [await newGroup(), await newUser()];
    await add(group, [one], 1);
    const error = await refused(409, add(group, [await newUser()], 1), 'general.conflict');
    assert.match(error.message, /does not match the current version/);
    await add(group, [one]);
    assert.equal((await groups.getGroup(group.id)).version, 2);
  });

  it('are added all or none', async () => {
    const [group, nobody] = [await newGroup(), randomUUID()];
    const error = await refused(404, add(group, [await newUser(), { id: nobody }]));
    assert.ok(error.message.includes(nobody), error.message);
    assert.equal((await groups.getGroupIndividuals(group.id)).total, 0);
    const crowd = Array.from({ length: 51 }, () => ({ id: randomUUID() }));
    await refused(400, add(group, crowd));
    await refused(400, groups.deleteGroupMembers(group.id, crowd.map((person) => person.id).join(',')));
  });

  it('are individuals and owners', async () => {
    const [owner, one] = [await newUser('Olga'), await newUser('Ivan')];
    const group = await newGroup({ ownerIds: [owner.id] });
    await add(group, [one]);
    assert.deepEqual(ids(await groups.getGroupMembers(group.id)), [one.id, owner.id]);
    assert.deepEqual(ids(await groups.getGroupMembers(group.id, { sortOrder: 'DESC' })), [owner.id, one.id]);
    assert.deepEqual(ids(await groups.getGroupIndividuals(group.id)), [one.id]);
  });

  it('are paged and expanded', async () => {
    const group = await newGroup();
    const people = [];
    for (let count = 0; count < 5; count += 1) people.push(await newUser());
    await add(group, people);
    const seen = [];
    for (const pageNumber of [1, 2, 3]) {
      const page = await groups.getGroupMembers(group.id, { pageSize: 2, pageNumber, expand: ['groups', 'station'] });
      assert.equal(page.total, 5);
      for (const person of page.entities) assert.deepEqual(person.groups.map((own) => own.id), [group.id]);
      seen.push(...ids(page));
    }
    assert.deepEqual(sorted(seen), sorted(people.map((person) => person.id)));
    const error = await refused(400, groups.getGroupMembers(group.id, { expand: ['shoes'] }));
    assert.match(error.message, /expand/);
  });

  it('are changed by owners and not by strangers', async () => {
    const [owner, one] = [await newUser(), await newUser()];
    const group = await newGroup({ ownerIds: [owner.id] });
    const body = { memberIds: [one.id] };
    const asOwner = await sessionOf(['reader'], { userId: owner.id });
    const asStranger = await sessionOf(['reader'], { userId: one.id });
    await refused(403, asStranger.groups.postGroupMembers(group.id, body));
    assert.deepEqual(await asOwner.groups.postGroupMembers(group.id, body), {});
  });

  it('find what others do not', async () => {
    const member = await newUser();
    const group = await newGroup({ visibility: 'members' });
    await add(group, [member]);
    const asMember = await sessionOf(['reader'], { userId: member.id });
    const asStranger = await sessionOf(['reader'], { userId: (await newUser()).id });
    assert.equal((await asMember.groups.getGroup(group.id)).id, group.id);
    await refused(404, asStranger.groups.getGroup(group.id), 'general.resource.not.found');
    assert.equal((await asStranger.groups.getGroups({ id: [group.id] })).total, 0);
  });
});
