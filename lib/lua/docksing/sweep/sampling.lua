--- Points by chance, and by sequences that look like it. Each number depends on the seed, the parameter's name and
--- the point's place alone, and is made of whole numbers, so that it is the same everywhere and stays when others are
--- added.
local fail = require "docksing.fail"
local numbers = require "docksing.numbers"
local set = require "docksing.sweep.set"

local sampling = {}

--- Distributions turn a number from 0 up to 1 into a value.
local meta = { __name = "docksing distribution" }

--- Whether a value is a distribution.
---@param value any
---@return boolean
function sampling.is(value) return getmetatable(value) == meta end

local function new(value_at) return setmetatable({ value_at = value_at }, meta) end

--- A distribution of numbers between two.
---@param kind "uniform"|"loguniform"|"int"
---@param low number
---@param high number
---@return table distribution
function sampling.range(kind, low, high)
    for _, number in ipairs { low or false, high or false } do
        if type(number) ~= "number" or number ~= number or math.abs(number) == math.huge then
            fail("%s needs two numbers, from and to", kind)
        end
    end
    if low > high then fail("%s goes from the smaller number to the larger one, not from %s to %s", kind, low, high) end
    if kind == "int" then
        low, high = math.tointeger(low), math.tointeger(high)
        if not low or not high then fail "int goes from one whole number to another" end
        local count = high - low + 1
        if count < 1 then fail "int goes over too many numbers" end
        return new(function(u) return low + math.min(math.floor(u * count), count - 1) end)
    elseif kind == "loguniform" then
        if low <= 0 then fail("loguniform goes over numbers above 0, not from %s", low) end
        local from, to = math.log(low), math.log(high)
        return new(function(u) return numbers.rounded(math.exp(from + u * (to - from)), 6) end)
    end
    -- Six digits of a large number would not tell the numbers of a short range apart.
    local digits, scale = 6, math.max(math.abs(low), math.abs(high)) / (high - low)
    while scale > 1 and digits < 17 do digits, scale = digits + 1, scale / 10 end
    return new(function(u) return numbers.rounded(low + u * (high - low), digits) end)
end

--- A distribution over the values of a list.
---@param values any[]
---@return table distribution
function sampling.choice(values)
    if type(values) ~= "table" or #values == 0 then fail("choice needs a list of values, such as { \"sgd\", "
        .. "\"adam\" }") end
    for _, value in ipairs(values) do set.check_value(value, "a choice", "choice") end
    return new(function(u) return values[1 + math.floor(u * #values)] end)
end

--- What a parameter's value means where points are sampled: a distribution, a list to choose from, or one value.
---@param value any
---@param name string
---@param way string
---@return table distribution
function sampling.of(value, name, way)
    if sampling.is(value) then return value end
    if type(value) == "table" then
        if #value == 0 then fail("%s: %s is neither a distribution nor a list of values", way, name) end
        for _, item in ipairs(value) do set.check_value(item, name, way) end
        return sampling.choice(value)
    end
    set.check_value(value, name, way)
    return new(function() return value end)
end

--- One step of the splitmix64 generator.
local function mixed(x)
    x = (x ~ (x >> 30)) * 0xbf58476d1ce4e5b9
    x = (x ~ (x >> 27)) * 0x94d049bb133111eb
    return x ~ (x >> 31)
end

--- 64 bits for the n-th draw of a parameter.
local function bits(key, index) return mixed(key + index * 0x9e3779b97f4a7c15) end

--- The start of a parameter's own sequence.
local function key_of(seed, name)
    local key = mixed(seed + 0x9e3779b97f4a7c15)
    for index = 1, #name do key = mixed(key ~ name:byte(index)) end
    return key
end

local function fraction(x) return (x >> 11) * (1 / (1 << 53)) end

local function points(found, order, count, draw)
    local list = {}
    for index = 1, count do list[index] = {} end
    for column, name in ipairs(order) do
        local value_at = found[name].value_at
        for index = 1, count do list[index][name] = value_at(draw(name, index, column)) end
    end
    return list
end

--- Independent draws.
function sampling.random(found, order, count, seed)
    local keys = {}
    for _, name in ipairs(order) do keys[name] = key_of(seed, name) end
    return points(found, order, count, function(name, index) return fraction(bits(keys[name], index)) end)
end

--- One draw in each of `count` equal parts, the parts in an order of their own for each parameter.
function sampling.latin(found, order, count, seed)
    local keys, parts = {}, {}
    for _, name in ipairs(order) do
        local key, list = key_of(seed, name), {}
        for index = 1, count do list[index] = index - 1 end
        for index = count, 2, -1 do
            local other = 1 + math.floor(fraction(bits(key, index)) * index)
            list[index], list[other] = list[other], list[index]
        end
        keys[name], parts[name] = key, list
    end
    return points(found, order, count, function(name, index)
        return (parts[name][index] + fraction(bits(keys[name], count + index))) / count
    end)
end

-- Degree, coefficients and first numbers of the primitive polynomials of S. Joe and F. Y. Kuo's table "new-joe-kuo-6"
-- (2010), for the second dimension and those after it.
local polynomials = {
    { 1, 0, 1 }, { 2, 1, 1, 3 }, { 3, 1, 1, 3, 1 }, { 3, 2, 1, 1, 1 }, { 4, 1, 1, 1, 3, 3 }, { 4, 4, 1, 3, 5, 13 },
    { 5, 2, 1, 1, 5, 5, 17 }, { 5, 4, 1, 1, 5, 5, 5 }, { 5, 7, 1, 1, 7, 11, 19 }, { 5, 11, 1, 1, 5, 1, 1 },
    { 5, 13, 1, 1, 1, 3, 11 }, { 5, 14, 1, 3, 5, 5, 31 }, { 6, 1, 1, 3, 3, 9, 7, 49 }, { 6, 13, 1, 1, 1, 15, 21, 21 },
    { 6, 16, 1, 3, 1, 13, 27, 49 },
}

--- The direction numbers of a dimension, of 32 bits.
local function directions(dimension)
    local v = {}
    if dimension == 1 then
        for bit = 1, 32 do v[bit] = 1 << (32 - bit) end
        return v
    end
    local polynomial = polynomials[dimension - 1]
    local degree, coefficients = polynomial[1], polynomial[2]
    for bit = 1, 32 do
        if bit <= degree then
            v[bit] = polynomial[bit + 2] << (32 - bit)
        else
            local x = v[bit - degree] ~ (v[bit - degree] >> degree)
            for k = 1, degree - 1 do
                if (coefficients >> (degree - 1 - k)) & 1 == 1 then x = x ~ v[bit - k] end
            end
            v[bit] = x
        end
    end
    return v
end

--- Sobol's sequence, each parameter shifted by bits of its own, which keeps its evenness and leaves out its corner.
function sampling.sobol(found, order, count, seed)
    if #order > #polynomials + 1 then
        fail("sobol takes at most %d parameters, and got %d; use latin or random", #polynomials + 1, #order)
    end
    local shifts, numbers_of = {}, {}
    for column, name in ipairs(order) do
        numbers_of[column], shifts[column] = directions(column), key_of(seed, name) & 0xffffffff
    end
    return points(found, order, count, function(_, index, column)
        local gray, x, bit = (index - 1) ~ ((index - 1) >> 1), shifts[column], 1
        while gray > 0 do
            if gray & 1 == 1 then x = x ~ numbers_of[column][bit] end
            gray, bit = gray >> 1, bit + 1
        end
        return (x + 0.5) / 4294967296
    end)
end

return sampling
