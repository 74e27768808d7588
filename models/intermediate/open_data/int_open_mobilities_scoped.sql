{#- What each row of the open data is: country, purpose and year, and why it is no outgoing stay of the agency's staff. -#}

with

mobilities as (

    select * from {{ ref('stg_eu_open_data__mobilities') }}

),

countries as (

    select * from {{ ref('int_country_spellings_resolved') }}

),

key_actions as (

    select * from {{ ref('key_action') }}

),

activity_words as (

    select * from {{ ref('open_data_activity') }}

),

activity_types as (

    select * from {{ ref('activity_type') }}

),

-- Codes may carry parts in front of the last one: HE-…-STA means HE-STA.
coded as (

    select
        *,
        'HE-' || reverse(split_part(reverse(activity_code), '-', 1)) as short_activity_code
    from mobilities

),

described as (

    select
        coded.*,
        sender.country_code as sending_country_code,
        receiver.country_code as receiving_country_code,
        coalesce(by_word.purpose_key, by_code.purpose_key, by_short_code.purpose_key) as purpose_key,
        {{ year_of('coded.start_month') }} as year,
        -- The sector stands in the row, or the key action of its project tells it.
        coalesce(
            lower(coded.education_sector) = lower('{{ var("open_data_sector") }}'), key_actions.is_higher_education, false
        ) as is_higher_education
    from coded
    left join countries as sender on lower(coded.sending_country) = sender.spelling
    left join countries as receiver on lower(coded.receiving_country) = receiver.spelling
    left join key_actions on coded.key_action = key_actions.key_action
    left join activity_words on lower(coded.activity_text) = activity_words.activity_text
    left join activity_types as by_word on activity_words.activity_type = by_word.activity_type
    left join activity_types as by_code on coded.activity_code = by_code.activity_type
    left join activity_types as by_short_code on coded.short_activity_code = by_short_code.activity_type

),

final as (

    select
        extract_id,
        row_number,
        project_code,
        academic_year,
        start_month,
        year,
        sending_country,
        sending_country_code,
        sending_erasmus_code,
        sending_name,
        has_damaged_name,
        receiving_country,
        receiving_country_code,
        activity_text,
        purpose_key,
        duration_days,
        participants_text,
        participants_check,
        n_participants,
        case
            when not is_higher_education then 'other_sector'
            when coalesce(participant_profile <> '{{ var("open_data_staff_profile") }}', true) then 'not_staff'
            when sending_country_code is null then 'unknown_country'
            when sending_country_code <> '{{ var("agency_country") }}'
                then case when receiving_country_code = '{{ var("agency_country") }}' then 'incoming' else 'other_country' end
            when year is null then 'without_start'
            when purpose_key is null then 'unknown_activity'
        end as out_of_scope_reason

    from described

)

select * from final
