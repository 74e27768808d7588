{%- set categories = motive_category_keys() %}
{%- set motives = [] %}
{%- for question in motive_question_keys() %}{% do motives.append(question | replace('motive__', '')) %}{% endfor %}

with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

choices as (

    select * from {{ ref('fct_motive_choice') }}

),

category_shares as (

    select * from {{ ref('mart_motives__report_category') }}

),

ticks as (

    select
        {%- for motive in motives %}
        bool_or(case when motive_key = '{{ motive }}' then is_ticked end) as is_{{ motive }},
        {%- endfor %}
        report_key
    from choices
    group by report_key

),

compared as (

    select
        *,
        max(ticked_share) over (partition by report_key) as largest_share
    from category_shares

),

weighed as (

    select
        report_key,
        sum(n_options_ticked) as n_motives_ticked,
        {%- for category in categories %}
        max(case when motive_category = '{{ category }}' then n_options_ticked end) as n_{{ category }}_motives_ticked,
        max(case when motive_category = '{{ category }}' then ticked_share end) as {{ category }}_motive_share,
        max(case when motive_category = '{{ category }}' and ticked_share = largest_share and largest_share > 0 then 1 else 0 end)
            as is_{{ category }}_largest,
        {%- endfor %}
        sum(case when ticked_share = largest_share and largest_share > 0 then 1 else 0 end) as n_largest
    from compared
    group by report_key

),

final as (

    select
        mobilities.report_key,
        mobilities.institution_key,
        mobilities.n_participants,
        {%- for motive in motives %}
        ticks.is_{{ motive }},
        {%- endfor %}
        cast(weighed.n_motives_ticked as integer) as n_motives_ticked,
        {%- for category in categories %}
        weighed.n_{{ category }}_motives_ticked,
        {%- endfor %}
        {%- for category in categories %}
        weighed.{{ category }}_motive_share,
        {%- endfor %}
        case when weighed.n_largest > 0 then weighed.n_largest > 1 end as is_motive_tied,
        case
            {%- for category in categories %}
            when weighed.n_largest = 1 and weighed.is_{{ category }}_largest = 1 then '{{ category }}'
            {%- endfor %}
            {%- for category in var('motive_tie_order') %}
            when weighed.is_{{ category }}_largest = 1 then '{{ category }}'
            {%- endfor %}
        end as dominating_motive

    from mobilities
    left join ticks on mobilities.report_key = ticks.report_key
    left join weighed on mobilities.report_key = weighed.report_key

)

select * from final
