// Groups with the newest SDK: create, read, list, change, delete, profiles, field configuration.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { admin, draft, ids, newGroup, newUser, refused, sorted, unique } from './session.mjs';

const phone = { address: '+13175550100', type: 'GROUPRING', mediaType: 'PHONE' };

describe('a group', () => {
  it('is created and read', async () => {
    const owner = await newUser();
    const fields = { description: 'by JavaScript', ownerIds: [owner.id], addresses: [phone] };
    const made = await newGroup(fields);
    const read = await admin.groups.getGroup(made.id);
    assert.deepEqual(read, made);
    assert.equal(read.version, 1);
    assert.equal(read.state, 'active');
    assert.equal(read.memberCount, 1);
    assert.equal(read.description, 'by JavaScript');
    assert.equal(read.owners[0].id, owner.id);
    assert.equal(read.addresses[0].address, phone.address);
    assert.equal(read.selfUri, `/api/v2/groups/${made.id}`);
    assert.match(read.dateModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(!Object.values(read).includes(null));
  });

  it('needs its required fields', async () => {
    for (const field of ['name', 'type', 'rulesVisible', 'visibility']) {
      const body = draft();
      delete body[field];
      const error = await refused(400, admin.groups.postGroups(body));
      assert.ok(error.message.includes(field), error.message);
    }
  });

  it('is changed in part', async () => {
    const made = await newGroup({ description: 'stays' });
    const name = unique('Renamed');
    const changed = await admin.groups.putGroup(made.id, { body: { version: 1, name } });
    assert.equal(changed.name, name);
    assert.equal(changed.description, 'stays');
    assert.equal(changed.version, 2);
  });

  it('stays as it is without a body', async () => {
    const made = await newGroup();
    assert.equal((await admin.groups.putGroup(made.id)).version, 1);
    assert.equal((await admin.groups.putGroup(made.id, {})).version, 1);
  });

  it('refuses a stale version', async () => {
    const made = await newGroup();
    await admin.groups.putGroup(made.id, { body: { version: 1, name: unique('Newer') } });
    const stale = admin.groups.putGroup(made.id, { body: { version: 1, name: 'never' } });
    const error = await refused(409, stale, 'general.conflict');
    assert.match(error.message, /does not match the current version/);
  });

  it('needs a version with a body', async () => {
    const made = await newGroup();
    const error = await refused(400, admin.groups.putGroup(made.id, { body: { name: 'x' } }));
    assert.match(error.message, /version/);
  });

  it('can be put back whole', async () => {
    const made = await newGroup({ ownerIds: [(await newUser()).id], addresses: [phone] });
    const read = await admin.groups.getGroup(made.id);
    read.name = unique('Back');
    const back = await admin.groups.putGroup(made.id, { body: read });
    assert.equal(back.name, read.name);
    assert.deepEqual(back.owners, read.owners);
  });

  it('loses addresses and owners by empty lists', async () => {
    const owner = await newUser();
    const made = await newGroup({ ownerIds: [owner.id], addresses: [phone] });
    const bare = await admin.groups.putGroup(made.id, { body: { version: 1, addresses: [], ownerIds: [' '] } });
    assert.ok(!bare.addresses?.length);
    assert.ok(!bare.owners?.length);
    assert.equal(bare.memberCount, 0);
  });

  it('takes both spellings of owners only', async () => {
    const made = await newGroup();
    for (const [version, visibility] of [[1, 'ownerIds'], [2, 'public'], [3, 'owners']]) {
      const changed = await admin.groups.putGroup(made.id, { body: { version, visibility } });
      assert.equal(changed.visibility, visibility === 'public' ? 'public' : 'owners');
    }
  });

  it('is deleted', async () => {
    const made = await newGroup();
    await admin.groups.deleteGroup(made.id);
    await refused(404, admin.groups.getGroup(made.id), 'general.resource.not.found');
    await refused(404, admin.groups.deleteGroup(made.id));
    await refused(404, admin.groups.getGroup('malformed'), 'general.resource.not.found');
  });

  it('is created once under an idempotency key', async () => {
    const customHeaders = { 'Idempotency-Key': randomUUID() };
    const body = draft();
    const first = await admin.groups.postGroups(body, { customHeaders });
    const again = await admin.groups.postGroups(body, { customHeaders });
    assert.equal(again.id, first.id);
    await refused(409, admin.groups.postGroups(draft(), { customHeaders }), 'general.conflict');
  });
});

describe('the listing of groups', () => {
  let made;

  before(async () => {
    made = [];
    for (const word of ['js c', 'JS a', 'js b']) made.push(await newGroup({ name: unique(word) }));
  });

  it('is paged', async () => {
    const page = await admin.groups.getGroups({ pageSize: 2, pageNumber: 1 });
    assert.equal(page.entities.length, 2);
    assert.equal(page.pageCount, Math.ceil(page.total / 2));
    assert.equal(page.selfUri, '/api/v2/groups?pageSize=2&pageNumber=1');
    assert.equal(page.nextUri, '/api/v2/groups?pageSize=2&pageNumber=2');
    assert.ok(!('previousUri' in page));
    const rest = await admin.groups.getGroups({ pageSize: 500 });
    assert.equal(rest.entities.length, page.total);
  });

  it('is cut to ids, joined by commas', async () => {
    const wanted = made.map((group) => group.id);
    const listing = await admin.groups.getGroups({ id: [...wanted, randomUUID()] });
    assert.deepEqual(ids(listing), [made[1].id, made[2].id, made[0].id]);
    const down = await admin.groups.getGroups({ id: wanted, sortOrder: 'descending' });
    assert.deepEqual(ids(down), ids(listing).reverse());
  });

  it('is cut to jabber ids', async () => {
    const { chat } = await admin.groups.getGroup(made[0].id);
    assert.deepEqual(ids(await admin.groups.getGroups({ jabberId: [chat.jabberId] })), [made[0].id]);
  });

  it('takes options that are set to null', async () => {
    const listing = await admin.groups.getGroups({ pageSize: null, pageNumber: null, sortOrder: null, id: null });
    assert.equal(listing.pageSize, 25);
    assert.equal(listing.pageNumber, 1);
  });

  it('refuses what is no page', async () => {
    for (const [field, value] of [['pageSize', 0], ['pageSize', 501], ['pageNumber', 0], ['sortOrder', 'up']]) {
      const error = await refused(400, admin.groups.getGroups({ [field]: value }));
      assert.ok(error.message.includes(field), error.message);
    }
  });

  it('shows headers to those who ask', async () => {
    admin.client.setReturnExtendedResponses(true);
    try {
      const { status, headers } = await admin.groups.getGroups({ pageSize: 1 });
      assert.equal(status, 200);
      assert.match(headers['inin-correlation-id'], /^[0-9a-f-]{36}$/);
      assert.match(headers['inin-ratelimit-allowed'], /^\d+$/);
    } finally {
      admin.client.setReturnExtendedResponses(false);
    }
  });
});

describe('profiles and field configuration', () => {
  it('has a profile of each group', async () => {
    const made = await newGroup();
    const profile = await admin.groups.getGroupProfile(made.id, { fields: 'general.name' });
    assert.equal(profile.id, made.id);
    assert.equal(profile.version, 1);
    const listing = await admin.groups.getProfilesGroups({ id: [made.id] });
    assert.deepEqual(sorted(ids(listing)), [made.id]);
    await refused(404, admin.groups.getGroupProfile(randomUUID()), 'general.resource.not.found');
  });

  it('describes the fields of each kind', async () => {
    for (const kind of ['person', 'group', 'org', 'externalContact']) {
      const config = await admin.groups.getFieldconfig(kind);
      assert.equal(config.entityType, kind);
      assert.ok(config.sections.length > 0 || kind === 'externalContact');
    }
    await refused(400, admin.groups.getFieldconfig('queue'), 'bad.entity.type');
  });
});
