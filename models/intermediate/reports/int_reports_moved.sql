{#- Stays that stand in the system of the former programme and, when their project changed programme, again in that of the present one.
    Two reports are of one stay if person, days and receiving country agree. The person is known by name with birth date, or else by
    e-mail. Each report is matched once at most: the first of several like ones with the first, the second with the second. -#}

{%- set identifiers = {'name_birth_date': 'name_birth_date_pseudonym', 'email': 'personal_email_pseudonym'} %}
{%- set stay_columns = ['start_date', 'end_date', 'receiving_country_code'] %}

with

reports as (

    select * from {{ ref('int_report_versions_ranked') }}
    where version_status = 'current'

),

persons_per_email as (

    {{ persons_per_email('reports') }}

),

identified as (

    select
        reports.source_system,
        reports.report_key,
        reports.extract_id,
        reports.name_birth_date_pseudonym,
        case
            when persons_per_email.n_persons <= {{ var('email_max_persons') }} then reports.email_pseudonym
        end as personal_email_pseudonym,
        {{ stay_columns | join(',\n        ') }}
    from reports
    left join persons_per_email on reports.email_pseudonym = persons_per_email.email_pseudonym

),

former as (

    select * from identified
    where source_system = 'mobility_tool'

),

present as (

    select * from identified
    where source_system = 'beneficiary_module'

),

-- Everything that could be one stay, to count what is not clear.
candidates as (

    select
        former.report_key,
        present.report_key as present_report_key
    from former
    inner join present
        on (
            {%- for identifier in identifiers.values() %}
            {{ "or " if not loop.first }}former.{{ identifier }} = present.{{ identifier }}
            {%- endfor %}
        )
        {%- for column in stay_columns %}
        and former.{{ column }} = present.{{ column }}
        {%- endfor %}

),

counted as (

    select
        *,
        count(*) over (partition by report_key) as n_candidates,
        count(*) over (partition by present_report_key) as n_rivals
    from candidates

),

candidate_counts as (

    select
        report_key,
        max(n_candidates) as n_candidates,
        max(n_rivals) as n_rivals
    from counted
    group by report_key

),

{%- for matched_by, identifier in identifiers.items() %}

{%- for side, key in {'former': 'report_key', 'present': 'present_report_key'}.items() %}

{{ side }}_by_{{ matched_by }} as (

    select
        *,
        row_number() over (partition by {{ identifier }}, {{ stay_columns | join(', ') }} order by report_key) as match_rank
    from {{ side }}
    where
        {{ identifier }} is not null
        {%- if matched_by == 'email' %}
        and report_key not in (select {{ key }} from matched_by_name_birth_date)
        {%- endif %}

),
{%- endfor %}

matched_by_{{ matched_by }} as (

    select
        former_by_{{ matched_by }}.report_key,
        present_by_{{ matched_by }}.report_key as present_report_key,
        '{{ matched_by }}' as moved_by
    from former_by_{{ matched_by }}
    inner join present_by_{{ matched_by }}
        on former_by_{{ matched_by }}.{{ identifier }} = present_by_{{ matched_by }}.{{ identifier }}
        {%- for column in stay_columns %}
        and former_by_{{ matched_by }}.{{ column }} = present_by_{{ matched_by }}.{{ column }}
        {%- endfor %}
        and former_by_{{ matched_by }}.match_rank = present_by_{{ matched_by }}.match_rank

),
{%- endfor %}

matched as (

    select * from matched_by_name_birth_date
    union all
    select * from matched_by_email

),

final as (

    select
        former.report_key,
        former.extract_id,
        matched.present_report_key as moved_to_report_key,
        matched.moved_by,
        cast(candidate_counts.n_candidates as integer) as n_candidates,
        cast(candidate_counts.n_rivals as integer) as n_rivals,
        candidate_counts.n_candidates > 1 or candidate_counts.n_rivals > 1 as is_ambiguous

    from candidate_counts
    inner join former on candidate_counts.report_key = former.report_key
    left join matched on candidate_counts.report_key = matched.report_key

)

select * from final
