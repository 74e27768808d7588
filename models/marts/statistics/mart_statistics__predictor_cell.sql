{%- set keys = [
    'institution_key', 'purpose_key', 'is_teaching', 'duration_days', 'dominating_motive', 'region_key', 'has_mobility_agreement'
] %}

with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

of_groups as (

    {%- for group in outcome_group_keys() %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        '{{ group }}' as outcome_group,
        n_participants,
        {{ group }}_index as outcome_index
    from reports
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- A square is the same in every build, a sum of them is not: so the sums run over decimals.
final as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        outcome_group,
        cast(sum(case when outcome_index is not null then n_participants else 0 end) as decimal(18, 6)) as n_participants,
        coalesce({{ exact_weighted_sum('outcome_index', 'n_participants') }}, 0) as outcome_sum,
        coalesce({{ exact_weighted_sum('outcome_index * outcome_index', 'n_participants') }}, 0) as outcome_square_sum,
        cast(sum(case when outcome_index is null then n_participants else 0 end) as decimal(18, 6)) as n_without_outcome

    from of_groups
    group by {{ keys | join(', ') }}, outcome_group

)

select * from final
