// Skills, languages and groups that follow them, with the newest SDK.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admin, ids, newGroup, newUser, refused, sessionOf, unique } from './session.mjs';

const { groups, routing, users } = admin;
const newSkill = (name = unique('Skill')) => routing.postRoutingSkills({ name });
const newLanguage = (name = unique('Language')) => routing.postRoutingLanguages({ name });
// A person has these skills and no others.
const hold = (person, ...levels) =>
  users.putUserRoutingskillsBulk(person.id, levels.map(([skill, proficiency]) => ({ id: skill.id, proficiency })));

const least = (skill, proficiency, childConditions) => ({
  routingSkill: skill.id ?? skill,
  comparator: 'GreaterThanOrEqualTo',
  proficiency,
  childConditions,
});
const node = (operation, ...routingSkillConditions) => ({
  routingSkillConditions,
  languageSkillConditions: [],
  operation,
});
const rule = (...skillConditions) => ({ skillConditions });
const membersOf = async (group) => ids(await groups.getGroupMembers(group.id));

describe('skills and languages', () => {
  it('are created, found by name, and deleted', async () => {
    for (const [create, get, list, remove] of [
      [newSkill, 'getRoutingSkill', 'getRoutingSkills', 'deleteRoutingSkill'],
      [newLanguage, 'getRoutingLanguage', 'getRoutingLanguages', 'deleteRoutingLanguage'],
    ]) {
      const made = await create();
      assert.deepEqual(await routing[get](made.id), made);
      assert.equal(typeof made.version, 'string');
      assert.deepEqual(ids(await routing[list]({ name: made.name })), [made.id]);
      await refused(409, create(made.name.toUpperCase()), 'general.conflict');
      await routing[remove](made.id);
      await refused(404, routing[get](made.id));
      assert.deepEqual(ids(await routing[list]({ name: made.name })), []);
    }
  });

  it('are held by people', async () => {
    const [person, skill, language] = [await newUser(), await newSkill(), await newLanguage()];
    await users.postUserRoutingskills(person.id, { id: skill.id, proficiency: 2.5 });
    await users.postUserRoutinglanguages(person.id, { id: language.id, proficiency: 1 });
    await users.putUserRoutingskill(person.id, skill.id, { proficiency: 4 });
    await users.patchUserRoutinglanguage(person.id, language.id, { proficiency: 3 });
    const read = await users.getUser(person.id, { expand: ['skills', 'languages'] });
    assert.deepEqual(read.skills.map((own) => [own.id, own.proficiency]), [[skill.id, 4]]);
    assert.deepEqual(read.languages.map((own) => [own.id, own.proficiency]), [[language.id, 3]]);
    const high = users.postUserRoutingskills(person.id, { id: skill.id, proficiency: 6 });
    assert.match((await refused(400, high)).message, /proficiency/);
    await routing.deleteRoutingSkill(skill.id);
    assert.equal((await users.getUserRoutingskills(person.id)).total, 0);
    assert.deepEqual(await users.putUserProfileskills(person.id, ['Chess']), ['Chess']);
    assert.deepEqual(await users.getUserProfileskills(person.id), ['Chess']);
  });
});

describe('a group with a rule', () => {
  it('follows what people can do', async () => {
    const [person, added, skill] = [await newUser(), await newUser(), await newSkill()];
    const group = await newGroup();
    await groups.putGroupDynamicsettings(group.id, rule(node('And', least(skill, 3))));
    await groups.postGroupMembers(group.id, { memberIds: [added.id] });
    const { version } = await groups.getGroup(group.id);
    for (const [level, inside] of [[2, false], [3, true], [5, true], [0, false]]) {
      await hold(person, [skill, level]);
      const members = await membersOf(group);
      assert.equal(members.includes(person.id), inside, `level ${level}`);
      assert.ok(members.includes(added.id));
      const read = await groups.getGroup(group.id);
      assert.deepEqual([read.memberCount, read.version], [inside ? 2 : 1, version]);
      const query = [{ type: 'EXACT', fields: ['memberIds'], value: person.id }];
      const found = await groups.postGroupsSearch({ query });
      assert.deepEqual(found.results.map((one) => one.memberCount), inside ? [2] : []);
    }
    assert.deepEqual(ids(await groups.getGroupIndividuals(group.id)), [added.id]);
  });

  it('tells it, and loses it', async () => {
    const [person, skill, language] = [await newUser(), await newSkill(), await newLanguage()];
    const group = await newGroup();
    await refused(404, groups.getGroupDynamicsettings(group.id), 'general.resource.not.found');
    const spoken = { languageSkill: language.name, comparator: 'NotEqualTo', proficiency: 0 };
    const either = { ...node('Or', least(skill.name, 3, [node('And')])), languageSkillConditions: [spoken] };
    const query = rule(either, node('Not'));
    await groups.putGroupDynamicsettings(group.id, query);
    const read = await groups.getGroupDynamicsettings(group.id);
    assert.deepEqual(read.query, query);
    assert.deepEqual(read.group, { id: group.id, selfUri: group.selfUri });
    assert.equal(read.selfUri, `/api/v2/groups/${group.id}/dynamicsettings`);
    assert.match(read.dateModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await users.postUserRoutinglanguages(person.id, { id: language.id, proficiency: 1 });
    assert.deepEqual(await membersOf(group), [person.id]);
    await groups.putGroupDynamicsettings(group.id, read.query);
    assert.equal((await groups.getGroup(group.id)).version, 2);
    await groups.deleteGroupDynamicsettings(group.id);
    assert.deepEqual(await membersOf(group), []);
    await refused(404, groups.getGroupDynamicsettings(group.id), 'general.resource.not.found');
  });

  it('joins nodes and children', async () => {
    const [x, y] = [await newSkill(), await newSkill()];
    const [ann, bob, cis] = [await newUser('Ann'), await newUser('Bob'), await newUser('Cis')];
    await hold(ann, [x, 1]);
    await hold(bob, [x, 3], [y, 2]);
    await hold(cis, [y, 4]);
    const group = await newGroup();
    for (const [query, expected] of [
      [rule(node('And', least(x, 1), least(y, 1))), [bob]],
      [rule(node('And', least(x, 1)), node('And', least(y, 1))), [bob]],
      [rule(node('Or', least(x, 3), least(y, 4))), [bob, cis]],
      [rule(node('And', least(x, 1)), node('Not', least(y, 1))), [ann]],
      [rule(node('And', least(x, 1, [node('Not', least(y, 1))]))), [ann]],
      [rule(node('And', least(x, 3, [node('Or', least(y, 4))]))), [bob, cis]],
      [rule(node('And', least(x, 3, [node('And')]))), [bob]],
      [rule(node('And')), []],
      [rule(), []],
    ]) {
      await groups.putGroupDynamicsettings(group.id, query);
      assert.deepEqual(await membersOf(group), expected.map((person) => person.id), JSON.stringify(query));
      const { userCount } = await groups.postGroupsDynamicsettingsPreview(query);
      assert.equal(userCount, expected.length);
    }
  });

  it('refuses what is no rule', async () => {
    const [group, skill] = [await newGroup(), await newSkill()];
    const condition = least(skill, 3);
    for (const [query, named] of [
      [{}, 'skillConditions'],
      [rule(node('Xor', condition)), 'operation'],
      [rule(node('And', { ...condition, proficiency: 6 })), 'proficiency'],
      [rule(node('And', { ...condition, comparator: 'About' })), 'comparator'],
      [rule(node('And', { ...condition, routingSkill: 'no such skill' })), 'no such skill'],
      [rule(node('And', ...Array(65).fill(condition))), 'skillConditions'],
    ]) {
      const put = await refused(400, groups.putGroupDynamicsettings(group.id, query));
      const preview = await refused(400, groups.postGroupsDynamicsettingsPreview(query));
      for (const error of [put, preview]) assert.ok(error.code && error.message.includes(named), error.message);
    }
    assert.equal((await groups.getGroup(group.id)).version, 1);
  });

  it('is told to those who may', async () => {
    const [owner, skill] = [await newUser(), await newSkill()];
    const group = await newGroup({ rulesVisible: false, ownerIds: [owner.id] });
    await groups.putGroupDynamicsettings(group.id, rule(node('And', least(skill, 1))));
    const asOwner = await sessionOf(['reader'], { userId: owner.id });
    const asReader = await sessionOf(['reader']);
    assert.equal((await asOwner.groups.getGroupDynamicsettings(group.id)).group.id, group.id);
    await refused(403, asReader.groups.getGroupDynamicsettings(group.id));
    await refused(403, asOwner.groups.putGroupDynamicsettings(group.id, rule()));
    await refused(403, asOwner.groups.deleteGroupDynamicsettings(group.id));
  });
});
