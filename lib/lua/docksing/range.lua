--- Lists of numbers.
local fail = require "docksing.fail"
local numbers = require "docksing.numbers"

--- See `docksing.range`.
---@param first number
---@param last number
---@param step? number
---@return number[]
return function(first, last, step)
    if step == nil then step = 1 end
    for _, number in ipairs { first or false, last or false, step } do
        if type(number) ~= "number" or number ~= number or math.abs(number) == math.huge then
            fail "range needs numbers: from, to, and the step between"
        end
    end
    if step == 0 then fail "the step of a range cannot be 0" end
    local count = (last - first) / step
    if count < 0 then
        fail("a range from %s to %s with steps of %s has no numbers; give a step of the other sign", first, last, step)
    elseif count > 1e6 then
        fail("a range from %s to %s with steps of %s has too many numbers", first, last, step)
    end
    local values, whole = {}, math.type(first) == "integer" and math.type(step) == "integer"
    -- A little more, since 0.1 * 3 is more than 0.3.
    for index = 0, math.floor(count + 1e-9) do
        values[index + 1] = whole and first + index * step or numbers.rounded(first + index * step, 12)
    end
    return values
end
