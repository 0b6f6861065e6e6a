--- What a sweep is made of: the table of its keys, as a script gives it to `docksing.sweep`.
local fail = require "docksing.fail"
local json = require "docksing.json"
local native = require "docksing.native"
local near = require "docksing.near"
local rows = require "docksing.rows"
local set = require "docksing.sweep.set"
local space = require "docksing.space"

local spec = {}

--- The keys that give points, in the order in which they are multiplied.
local sources = { "grid", "zip", "list", "csv", "jsonl", "random", "latin", "sobol", "points" }
local others = {
    "name", "job", "remotedir", "order", "where", "count", "seed", "environment", "command", "slurm", "volumes",
    "image", "outputs", "docksing",
}

--- Refuses what is no table of these keys.
---@param given docksing.SweepOptions
function spec.check(given)
    if type(given) ~= "table" then
        fail("a sweep is a table, such as docksing.sweep { job = job, grid = { LR = { 0.1, 0.01 } } }, not a %s",
            type(given))
    end
    local known, all = {}, {}
    for _, list in ipairs { sources, others } do
        for _, name in ipairs(list) do
            known[name] = true
            all[#all + 1] = name
        end
    end
    for key in pairs(given) do
        if not known[key] then fail("a sweep has no key %s%s", tostring(key), near(key, all)) end
    end
    local text = { remotedir = "the run directory", image = "the name of an image" }
    for key, what in pairs(text) do
        local kind = type(given[key])
        if kind ~= "nil" and kind ~= "string" and not (key == "image" and kind == "function") then
            fail("%s is %s, a text, not a %s", key, what, kind)
        end
    end
    if given.count ~= nil and not (given.random or given.latin or given.sobol) then
        fail "count says how many points to sample; it goes with random, latin or sobol"
    end
    local name = given.name
    if name ~= nil and (type(name) ~= "string" or not name:find "^%w[%w._-]*$" or #name > 60) then
        fail("the name of a sweep is letters, digits, '.', '_' and '-', as it becomes part of a folder's name: %s",
            rows.shown(tostring(name)))
    end
end

--- The set of points that one key asks for.
local function source(key, value, given)
    if set.is(value) then return value end
    if key == "points" then
        if type(value) == "function" then return space.each(value) end
        return space.list(value, { order = given.order })
    elseif key == "random" or key == "latin" or key == "sobol" then
        return space[key](value, { count = given.count, seed = given.seed, order = given.order })
    elseif key == "csv" or key == "jsonl" then
        return space[key](value)
    end
    return space[key](value, { order = given.order })
end

--- The points that all keys together ask for.
---@param given docksing.SweepOptions
---@return docksing.Space
function spec.points(given)
    local all
    for _, key in ipairs(sources) do
        if given[key] ~= nil then
            local one = source(key, given[key], given)
            all = all and all * one or one
        end
    end
    if not all then
        fail("a sweep needs points: give it one of grid, zip, list, random, latin, sobol, csv, jsonl and points")
    end
    if given.order ~= nil then
        local found = {}
        for _, name in ipairs(all.names) do found[name] = true end
        if type(given.order) ~= "table" then fail "order is a list of names, such as { \"SEED\", \"LR\" }" end
        for _, name in ipairs(given.order) do
            if not found[name] then
                fail("order: there is no parameter %s%s", tostring(name), near(name, all.names))
            end
        end
        all = set.new(set.order(found, given.order), all.list)
    end
    local conditions = type(given.where) == "table" and #given.where > 0 and given.where or { given.where }
    for _, condition in ipairs(conditions) do all = all:where(condition) end
    if #all == 0 then fail("the sweep has no points%s", given.where and "; its 'where' lets none through" or "") end
    return all
end

--- What is the same in all jobs of a sweep: its run directory, its name, what its outputs are.
---@param given docksing.SweepOptions
---@return fun(point: table): docksing.Job job_of the job of a point, before what is the point's own
---@return fun(): string directory the run directory, once a point has its job
function spec.jobs(given)
    local job = given.job
    if job == nil then fail("a sweep needs a job, such as job = docksing.load \"train.yaml\"") end
    if type(job) == "string" then job = native.load(job) elseif type(job) == "table" then job = native.job(job) end
    local is_function = type(job) == "function"
    if not is_function and getmetatable(job) ~= "job" then
        fail("job is a job, the name of a config, or a function that gives a job for a point, not a %s", type(job))
    end
    local directory, known = given.remotedir, {}
    return function(point)
        local own = job
        if is_function then
            own = job(point)
            if getmetatable(own) ~= "job" then return own end
        end
        if not known[own] then
            directory = directory or own.remotedir .. (given.name and "-" .. given.name or "")
            local settings = given.docksing and json.decode(json.encode(given.docksing)) or {}
            settings.outputs = given.outputs
            known[own] = own:with {
                remotedir = directory,
                slurm = given.name and { ["job-name"] = given.name } or {},
                docksing = next(settings) ~= nil and settings or nil,
            }
        end
        return known[own]
    end, function() return directory end
end

return spec
