--- Long command-line options, as DockSing's argparse reads them: `--name value`, `--name=value`, and unambiguous
--- beginnings of a name. A name that doesn't exist is an error that names the nearest. The job script uses it.
---
--- ```lua
--- local options = require "docksing.options"
--- ```
---@class docksing.options
local options = {}

---@class docksing.OptionSpec
---@field name string the name, without dashes
---@field value? string what its value is called in messages; an option without one is a switch
---@field number? boolean whether the value must be a number
---@field list? boolean whether it may be given several times; its value is a list then

--- How many letters must be inserted, removed, replaced or swapped to turn `a` into `b`.
---@param a string
---@param b string
---@return integer
local function distance(a, b)
    local before, row = {}, {}
    for j = 0, #b do row[j] = j end
    for i = 1, #a do
        local above = row
        row = { [0] = i }
        for j = 1, #b do
            local same = a:byte(i) == b:byte(j)
            row[j] = math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same and 0 or 1))
            if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
                row[j] = math.min(row[j], before[j - 2] + 1)
            end
        end
        before = above
    end
    return row[#b]
end

--- The name nearest to `name`, when one is near.
---
--- ```lua
--- print(require "docksing.options".nearest("enviroment", { "entrypoint", "environment" }))
--- ```
---@param name string
---@param names string[]
---@return string? nearest
function options.nearest(name, names)
    local best, least = nil, math.max(2, #name // 3) + 1
    for _, candidate in ipairs(names) do
        local far = distance(name, candidate)
        -- Of short names each is near to any other: something of it must be left.
        local is_like = distance(name:lower(), candidate:lower()) < math.max(#name, #candidate)
        if far < least and is_like then best, least = candidate, far end
    end
    return best
end

--- Finds the option that `name` says or begins.
---@param specs docksing.OptionSpec[]
---@param name string
---@return docksing.OptionSpec? spec
---@return string? problem
local function find(specs, name)
    local begun, names = {}, {}
    for _, spec in ipairs(specs) do
        if spec.name == name then return spec end
        if spec.name:sub(1, #name) == name then begun[#begun + 1] = spec end
        names[#names + 1] = spec.name
    end
    if #begun == 1 then return begun[1] end
    if #begun > 1 then
        local list = {}
        for i, spec in ipairs(begun) do list[i] = "--" .. spec.name end
        return nil, ("option '--%s' could be %s"):format(name, table.concat(list, " or "))
    end
    local near = options.nearest(name, names)
    return nil, ("unknown option '--%s'%s"):format(name, near and ("; did you mean '--" .. near .. "'?") or "")
end

--- Reads the command line `words`.
---
--- ```lua
--- local specs = { { name = "rate", value = "a number", number = true } }
--- local given, problem = require "docksing.options".parse({ "--rate=0.1" }, specs)
--- print(given and given.rate, problem)
--- ```
---@param words string[]
---@param specs docksing.OptionSpec[]
---@param rest? string[] takes the words that are no options; without it they are errors
---@param behind? string[] takes the words behind `--`, which ends the options; without it `--` is an error
---@return table<string, any>? given the values by name; switches are true
---@return string? problem a sentence, when the line is not right
function options.parse(words, specs, rest, behind)
    local given, index = {}, 1
    while words[index] do
        local word = words[index]
        if word == "--" and behind then
            table.move(words, index + 1, #words, 1, behind)
            break
        end
        local name, value = word:match("^%-%-([^=]+)=(.*)$")
        name = name or word:match("^%-%-(.+)$")
        if not name and not rest then return nil, ("'%s' is not an option"):format(word) end
        local spec, problem
        if name then spec, problem = find(specs, name) end
        if name and not spec then return nil, problem end
        if not spec then
            rest[#rest + 1] = word
        elseif not spec.value then
            if value then return nil, ("option '--%s' takes no value"):format(spec.name) end
            given[spec.name] = true
        else
            if not value then
                index = index + 1
                value = words[index]
            end
            if not value then return nil, ("option '--%s' needs %s"):format(spec.name, spec.value) end
            if spec.number then
                local number = tonumber(value)
                if not number or number < 0 then
                    return nil, ("option '--%s' needs %s, not '%s'"):format(spec.name, spec.value, value)
                end
                value = number
            end
            if spec.list then
                given[spec.name] = given[spec.name] or {}
                table.insert(given[spec.name], value)
            else
                given[spec.name] = value
            end
        end
        index = index + 1
    end
    return given
end

return options
